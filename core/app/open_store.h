// Opens the database that the configuration names, ready for use.
#pragma once

#include "app/config.h"

#include <memory>
#include <ostream>

namespace switchyard::store
{
class ChannelKeys;
class Database;
}

namespace switchyard::app
{

/// How serve logs.
telemetry::LogSettings serverLog(const Config& config);
/// How the other commands log: warnings, to standard error alone, so that their output can be read by scripts.
telemetry::LogSettings commandLog(const Config& config);

/// Opens, migrates, and on the first start of an empty database creates root; `announce` gets a made-up password.
/// Throws Poco::Exception.
std::unique_ptr<store::Database> openStore(const Config& config, telemetry::Logger& log, std::ostream& announce);

/// What opens and seals the channels' keys of this database. Throws Poco::Exception when the key file is missing or wrong
/// and keys are sealed: nobody shall go on with empty keys.
std::unique_ptr<store::ChannelKeys> openKeys(const Config& config, store::Database& database, telemetry::Logger& log);

} // namespace switchyard::app
