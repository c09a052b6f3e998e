// The management plane, put together: the route table with all its resources, and what they share.
#pragma once

#include "management/access.h"
#include "management/channel_tests.h"
#include "management/context.h"
#include "management/router.h"

#include <chrono>
#include <memory>
#include <string>

namespace switchyard::management
{

struct ManagementSettings
{
    std::string version;
    int64_t startedAt = 0;     ///< of the process, Unix seconds
    std::string sessionSecret; ///< SESSION_SECRET
    AccessLimits limits;
    std::chrono::milliseconds testPause{0}; ///< between two channels when all are tested: POLLING_INTERVAL
};

/// Owns logins, limits and routes. What it is given outlives it.
class Management
{
public:
    Management(ManagementSettings settings, store::Database& database, store::SnapshotKeeper& keeper,
               const store::KeySealer& keys, Balances& balances, Upstreams& upstreams, telemetry::Logger& log);
    Management(const Management&) = delete;
    Management& operator=(const Management&) = delete;

    const Router& router() const noexcept { return router_; }
    /// Ends what runs in the background; waits for the channel that is being tested.
    void stop() { channelTests_.stop(); }

private:
    LoginSessions sessions_;
    ShownBalances shown_;
    Context context_;
    ChannelTests channelTests_;
    Access access_;
    Router router_;
};

} // namespace switchyard::management
