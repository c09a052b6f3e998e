// The management plane, put together: the route table with all its resources, and what they share.
#pragma once

#include "management/access.h"
#include "management/context.h"
#include "management/router.h"

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
};

/// Owns logins, limits and routes. What it is given outlives it.
class Management
{
public:
    Management(ManagementSettings settings, store::Database& database, store::SnapshotKeeper& keeper,
               const store::KeySealer& keys, Balances& balances, telemetry::Logger& log);
    Management(const Management&) = delete;
    Management& operator=(const Management&) = delete;

    const Router& router() const noexcept { return router_; }

private:
    LoginSessions sessions_;
    ShownBalances shown_;
    Context context_;
    Access access_;
    Router router_;
};

} // namespace switchyard::management
