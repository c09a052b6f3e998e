#include "management/management.h"

#include "base/clock.h"
#include "management/channels.h"
#include "management/login.h"
#include "management/logs.h"
#include "management/models.h"
#include "management/options.h"
#include "management/redemptions.h"
#include "management/self.h"
#include "management/status.h"
#include "management/tokens.h"
#include "management/upstreams.h"
#include "management/users.h"
#include "store/snapshot_keeper.h"

namespace switchyard::management
{

namespace
{

constexpr int64_t kMillisPerSecond = 1000;

} // namespace

Management::Management(ManagementSettings settings, store::Database& database, store::SnapshotKeeper& keeper,
                       const store::KeySealer& keys, Balances& balances, Upstreams& upstreams, telemetry::Logger& log)
    : sessions_(std::move(settings.sessionSecret), [] { return unixMillis() / kMillisPerSecond; }),
      context_{database, keeper, keys, balances, sessions_, shown_, log, std::move(settings.version), settings.startedAt,
               unixMillis},
      channelTests_(context_, upstreams, settings.testPause), access_(database, sessions_, settings.limits), router_(&access_, &log)
{
    addStatusRoute(router_, context_.version, context_.startedAt,
                   [&keeper](const std::string& key)
                   {
                       const store::SnapshotPtr snapshot = keeper.current();
                       return snapshot ? snapshot->options().text(key) : std::string();
                   });
    addLoginRoutes(router_, context_);
    addSelfRoutes(router_, context_);
    addUserRoutes(router_, context_);
    addTokenRoutes(router_, context_);
    addChannelRoutes(router_, context_, upstreams, channelTests_);
    addModelRoutes(router_, context_, upstreams);
    addOptionRoutes(router_, context_);
    addLogRoutes(router_, context_);
    addRedemptionRoutes(router_, context_);
}

} // namespace switchyard::management
