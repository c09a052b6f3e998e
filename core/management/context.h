// What the handlers of the REST API work with. Made once by Management and handed to every resource.
#pragma once

#include "management/balances.h"
#include "management/login_sessions.h"
#include "management/shown_balances.h"

#include <cstdint>
#include <functional>
#include <string>

namespace switchyard::store
{
class Database;
class KeySealer;
class SnapshotKeeper;
} // namespace switchyard::store

namespace switchyard::telemetry
{
class Logger;
}

namespace switchyard::management
{

/// References outlive every handler. Handlers run on several threads at once: what is in here is safe for that.
struct Context
{
    store::Database& database;
    store::SnapshotKeeper& keeper; ///< call changed() after every write
    const store::KeySealer& keys;
    Balances& balances;
    LoginSessions& sessions;
    ShownBalances& shown;
    telemetry::Logger& log;
    std::string version;
    int64_t startedAt = 0;           ///< of the process, Unix seconds
    std::function<int64_t()> nowMs; ///< Unix time
};

} // namespace switchyard::management
