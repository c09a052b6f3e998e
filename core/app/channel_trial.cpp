#include "app/channel_trial.h"

#include "app/data_plane.h"
#include "app/gateway.h"
#include "base/clock.h"
#include "base/secret.h"
#include "base/text.h"

#include <Poco/JSON/Parser.h>
#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/StreamCopier.h>
#include <cstdlib>

namespace switchyard::app
{

namespace
{

using management::ChannelTrial;
using Object = Poco::JSON::Object::Ptr;

constexpr const char* kPrompt = "Output only your specific model name with no additional text.";

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

Object objectOf(const std::string& body)
{
    try
    {
        Poco::JSON::Parser parser;
        parser.setDepth(64);
        return parser.parse(body).extract<Object>();
    }
    catch (const Poco::Exception&) // an upstream may answer anything
    {
        return nullptr;
    }
}

std::string textAt(const Object& object, const char* name)
{
    if (!object || !object->has(name)) return {};
    const Poco::Dynamic::Var value = object->get(name);
    return value.isString() ? value.extract<std::string>() : std::string();
}

void readAnswer(const std::string& body, ChannelTrial& trial)
{
    const Object answer = objectOf(body);
    const auto choices = answer ? answer->getArray("choices") : nullptr;
    if (!choices || choices->size() == 0)
    {
        trial.error = "the answer has no choices";
        return;
    }
    const Object choice = choices->getObject(0);
    trial.answered = true;
    trial.text = choice ? textAt(choice->getObject("message"), "content") : std::string();
}

void readRefusal(const std::string& body, ChannelTrial& trial)
{
    const Object answer = objectOf(body);
    const Object error = answer ? answer->getObject("error") : nullptr;
    trial.error = textAt(error, "message");
    trial.errorType = textAt(error, "type");
    trial.errorCode = textAt(error, "code");
    if (trial.error.empty()) trial.error = "status " + std::to_string(trial.status) + ": " + body.substr(0, 500);
}

std::string send(uint16_t port, const std::string& key, const std::string& body, std::chrono::milliseconds limit,
                 int& status)
{
    Poco::Net::HTTPClientSession session("127.0.0.1", port);
    session.setTimeout(Poco::Timespan(limit.count() * 1000));
    Poco::Net::HTTPRequest request("POST", "/v1/chat/completions", "HTTP/1.1");
    request.set("Authorization", "Bearer sk-" + key);
    request.setContentType("application/json");
    request.setContentLength(static_cast<std::streamsize>(body.size()));
    session.sendRequest(request) << body;
    Poco::Net::HTTPResponse response;
    std::string answer;
    Poco::StreamCopier::copyToString(session.receiveResponse(response), answer);
    status = response.getStatus();
    return answer;
}

} // namespace

ChannelTrial tryChannel(const TrialGround& ground, const providers::ProviderSet& providers, const store::Channel& channel,
                        const std::string& model, std::chrono::milliseconds limit)
{
    const std::string key = newTokenKey();
    // Before the loop, so that it outlives it: the plug-in's objects are let go of when no exchange runs any more.
    auto outlook = std::make_shared<relay::Outlook>();
    outlook->snapshot = snapshotOf(channel, key);
    outlook->channels = providers::ChannelTable::build(*outlook->snapshot, providers, nullptr);
    const management::Router router;
    const relay::RelayServices services{ground.settler, ground.log, ground.events, ground.settings.proxies,
                                        ground.settings.relay};
    const edge::Plane plane{router, ground.events, ground.log, ground.settings.trustedProxies, ground.settings.server};
    DataPlane data(1, services, plane, ground.resolver, ground.tls);
    ListenSettings listen;
    listen.host = "127.0.0.1";
    listen.port = 0;
    listen.maxConnections = 4;
    data.start(listen, outlook);

    const char* prompt = std::getenv("TEST_PROMPT");
    const std::string body = "{\"model\":" + jsonQuoted(model) + ",\"messages\":[{\"role\":\"user\",\"content\":" +
                             jsonQuoted(prompt && *prompt ? prompt : kPrompt) + "}]}";
    ChannelTrial trial;
    const int64_t began = steadyMillis();
    try
    {
        const std::string answer = send(data.port(), key, body, limit, trial.status);
        if (trial.status == Poco::Net::HTTPResponse::HTTP_OK)
            readAnswer(answer, trial);
        else
            readRefusal(answer, trial);
    }
    catch (const Poco::TimeoutException&)
    {
        trial.error = "no answer within " + std::to_string(limit.count() / 1000) + " seconds";
    }
    catch (const Poco::Exception& e)
    {
        trial.error = "the test was cut off: " + e.displayText();
    }
    trial.elapsedMs = steadyMillis() - began;
    return trial;
}

} // namespace switchyard::app
