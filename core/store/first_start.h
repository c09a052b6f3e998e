// The first account of an empty database.
#pragma once

#include <string>

namespace switchyard::telemetry
{
class Logger;
}

namespace switchyard::store
{

class Database;

/// INITIAL_ROOT_*: empty ones are made up.
struct RootSeed
{
    std::string password;    ///< of any length
    std::string token;       ///< an API key, without `sk-` and without '-', at most 48 characters
    std::string accessToken; ///< for the management API
};

struct FirstStart
{
    bool created = false;     ///< false: there were users already, nothing was done
    std::string password;     ///< only when it was made up: show it once
    std::string passwordFile; ///< where it is kept, mode 0600; empty when it was given, or could not be written
};

/// Creates the user `root` (role 100, quota 500000000000000), and its token if the seed has one, when there is no user
/// at all; in one transaction, so that two processes do not make two. Throws Poco::Exception.
FirstStart createRootIfEmpty(Database& database, const RootSeed& seed, telemetry::Logger& log);

} // namespace switchyard::store
