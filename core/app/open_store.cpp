#include "app/open_store.h"

#include "store/channel_keys.h"
#include "store/database.h"
#include "store/first_start.h"
#include "store/migrations.h"

namespace switchyard::app
{

telemetry::LogSettings serverLog(const Config& config)
{
    telemetry::LogSettings settings;
    settings.level = config.logLevel;
    settings.form = config.logForm;
    settings.directory = config.logDirectory;
    return settings;
}

telemetry::LogSettings commandLog(const Config& config)
{
    telemetry::LogSettings settings;
    settings.level = config.logLevel == telemetry::Level::debug ? telemetry::Level::debug : telemetry::Level::warning;
    settings.form = config.logForm;
    settings.console = telemetry::Console::standardError;
    return settings;
}

std::unique_ptr<store::Database> openStore(const Config& config, telemetry::Logger& log, std::ostream& announce)
{
    store::DatabaseSettings settings;
    settings.path = config.sqlitePath;
    settings.busyTimeout = config.sqliteBusyTimeout;
    auto database = std::make_unique<store::Database>(settings, log);
    store::migrate(*database, log);
    const store::FirstStart first = store::createRootIfEmpty(
        *database, {config.initialRootPassword, config.initialRootToken, config.initialRootAccessToken}, log);
    if (first.password.empty()) return database;
    announce << "The database " << config.sqlitePath << " was empty. User: root, password: " << first.password << "\n";
    if (!first.passwordFile.empty())
        announce << "The password is kept in " << first.passwordFile << "; change it, then delete the file.\n";
    announce.flush();
    return database;
}

std::unique_ptr<store::ChannelKeys> openKeys(const Config& config, store::Database& database, telemetry::Logger& log)
{
    return store::openChannelKeys(database, config.keyFile, log);
}

} // namespace switchyard::app
