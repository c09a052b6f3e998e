#include "app/channel_test.h"

#include "app/command.h"
#include "app/data_plane.h"
#include "app/gateway_settings.h"
#include "app/open_store.h"
#include "base/clock.h"
#include "base/secret.h"
#include "base/text.h"
#include "telemetry/log.h"

#include <Poco/JSON/Parser.h>
#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/StreamCopier.h>
#include <algorithm>
#include <cstdlib>

namespace switchyard::app
{

namespace
{

constexpr const char* kPrompt = "Output only your specific model name with no additional text.";

std::string modelToTest(const store::Channel& channel)
{
    const auto& models = channel.models;
    if (std::find(models.begin(), models.end(), "gpt-3.5-turbo") != models.end()) return "gpt-3.5-turbo";
    return models.empty() ? "" : models.front();
}

// A snapshot with nothing but this channel, open to one key.
store::SnapshotPtr snapshotOf(store::Channel channel, const std::string& key)
{
    store::User user;
    user.id = 1;
    user.name = "channel test";
    user.role = store::kRoleRoot;
    user.group = "test";
    user.quota = 1;
    store::ApiToken token;
    token.id = 1;
    token.userId = 1;
    token.name = "channel test";
    token.unlimited = true;
    channel.status = store::ChannelStatus::enabled;
    channel.groups = {"test"};
    store::SnapshotBuilder builder;
    builder.add(std::move(user));
    builder.add(std::move(token), key);
    builder.add(std::move(channel));
    return builder.build(1);
}

std::string answerText(const std::string& body)
{
    Poco::JSON::Parser parser;
    const auto answer = parser.parse(body).extract<Poco::JSON::Object::Ptr>();
    const auto choices = answer->getArray("choices");
    if (!choices || choices->size() == 0) return {};
    const auto message = choices->getObject(0)->getObject("message");
    return message && !message->isNull("content") ? message->optValue<std::string>("content", "") : "";
}

} // namespace

int testChannel(const Config& config, const store::Channel& channel, std::ostream& out)
{
    const std::string model = modelToTest(channel);
    if (model.empty())
    {
        out << "channel " << channel.name << " (#" << channel.id << ") offers no models\n";
        return kExitFailure;
    }
    telemetry::Logger log(commandLog(config));
    GatewaySettings settings = gatewaySettings(config);
    providers::PluginHost plugins(settings.plugins, log);
    plugins.start();
    plugins.waitUntilSettled(std::chrono::seconds(30));

    net::Workers workers(2);
    net::Resolver resolver(workers);
    net::TlsClient tls;
    relay::Settler settler(log);
    management::Router router;
    const relay::RelayServices services{settler, log, workers, settings.proxies, settings.relay};
    const edge::Plane plane{router, workers, log, settings.trustedProxies, settings.server};
    DataPlane data(1, services, plane, resolver, tls);
    ListenSettings listen;
    listen.host = "127.0.0.1";
    listen.port = 0;
    listen.maxConnections = 4;
    const std::string key = newTokenKey();
    auto outlook = std::make_shared<relay::Outlook>();
    outlook->snapshot = snapshotOf(channel, key);
    outlook->channels = providers::ChannelTable::build(*outlook->snapshot, *plugins.providers(), nullptr);
    data.start(listen, outlook);

    const char* prompt = std::getenv("TEST_PROMPT");
    const std::string body = "{\"model\":" + jsonQuoted(model) + ",\"messages\":[{\"role\":\"user\",\"content\":" +
                             jsonQuoted(prompt && *prompt ? prompt : kPrompt) + "}]}";
    Poco::Net::HTTPClientSession session("127.0.0.1", data.port());
    session.setTimeout(Poco::Timespan(config.firstByteTimeout.count() ? config.firstByteTimeout.count() / 1000 + 5 : 600, 0));
    Poco::Net::HTTPRequest request("POST", "/v1/chat/completions", "HTTP/1.1");
    request.set("Authorization", "Bearer sk-" + key);
    request.setContentType("application/json");
    request.setContentLength(static_cast<std::streamsize>(body.size()));
    const int64_t began = steadyMillis();
    session.sendRequest(request) << body;
    Poco::Net::HTTPResponse response;
    std::string answer;
    Poco::StreamCopier::copyToString(session.receiveResponse(response), answer);
    const int64_t elapsed = steadyMillis() - began;

    const bool answered = response.getStatus() == Poco::Net::HTTPResponse::HTTP_OK;
    out << "channel " << channel.name << " (#" << channel.id << "), model " << model << ": "
        << (answered ? "answered" : "failed") << " after " << elapsed << " ms with status " << response.getStatus() << "\n"
        << (answered ? answerText(answer) : answer) << "\n";
    return answered ? kExitOk : kExitFailure;
}

} // namespace switchyard::app
