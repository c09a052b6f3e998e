#include "app/channel_test.h"

#include "app/channel_trial.h"
#include "app/command.h"
#include "app/gateway_settings.h"
#include "app/open_store.h"
#include "telemetry/log.h"

#include <algorithm>

namespace switchyard::app
{

namespace
{

std::string modelToTest(const store::Channel& channel)
{
    const auto& models = channel.models;
    if (std::find(models.begin(), models.end(), "gpt-3.5-turbo") != models.end()) return "gpt-3.5-turbo";
    return models.empty() ? "" : models.front();
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
    const GatewaySettings settings = gatewaySettings(config);
    providers::PluginHost plugins(settings.plugins, log);
    plugins.start();
    plugins.waitUntilSettled(std::chrono::seconds(30));

    net::Workers workers(2);
    net::Resolver resolver(workers);
    net::TlsClient tls;
    relay::Settler settler(log);
    const TrialGround ground{settings, resolver, tls, workers, settler, log};
    constexpr std::chrono::milliseconds kAfterFirstByte{5'000};
    constexpr std::chrono::milliseconds kLongest{600'000};
    const auto limit = config.firstByteTimeout.count() ? config.firstByteTimeout + kAfterFirstByte : kLongest;
    const auto trial = tryChannel(ground, *plugins.providers(), channel, model, limit);
    out << "channel " << channel.name << " (#" << channel.id << "), model " << model << ": "
        << (trial.answered ? "answered" : "failed") << " after " << trial.elapsedMs << " ms with status " << trial.status
        << "\n"
        << (trial.answered ? trial.text : trial.error) << "\n";
    return trial.answered ? kExitOk : kExitFailure;
}

} // namespace switchyard::app
