// A small chat request through one channel, along the same way as any client's: what `switchyard channel test` and the
// management plane's tests have in common.
#pragma once

#include "management/upstreams.h"
#include "net/resolver.h"
#include "net/tls.h"
#include "net/workers.h"
#include "relay/settlement.h"

#include <chrono>
#include <string>

namespace switchyard::app
{

struct GatewaySettings;

/// What a trial borrows from its process; outlives the trial.
struct TrialGround
{
    const GatewaySettings& settings;
    net::Resolver& resolver;
    net::TlsClient& tls;
    net::Workers& events;
    relay::Settler& settler;
    telemetry::Logger& log;
};

/// Blocks for at most about `limit`. On a loop of its own, with a snapshot that holds this channel alone and no journal:
/// whatever the channel's state, and nothing is held or charged.
management::ChannelTrial tryChannel(const TrialGround& ground, const providers::ProviderSet& providers,
                                    const store::Channel& channel, const std::string& model,
                                    std::chrono::milliseconds limit);

} // namespace switchyard::app
