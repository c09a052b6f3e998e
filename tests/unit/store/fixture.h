// A scratch directory with a database in it, and a database as One API leaves it.
#pragma once

#include "store/database.h"
#include "telemetry/log.h"

#include <filesystem>
#include <string>

namespace fixture
{

class Scratch
{
public:
    Scratch();
    ~Scratch();
    std::string path(const std::string& name) const { return (directory_ / name).string(); }
    switchyard::store::DatabaseSettings settings(const std::string& name = "test.db") const
    {
        switchyard::store::DatabaseSettings settings;
        settings.path = path(name);
        return settings;
    }

private:
    std::filesystem::path directory_;
};

/// Writes no line anywhere.
switchyard::telemetry::Logger& quiet();

/// Runs statements, separated by ";\n", on a plain connection of its own.
void runSql(const std::string& path, const std::string& statements);
/// The first column of the first row as text; '' when there is none.
std::string askSql(const std::string& path, const std::string& statement);

/// The schema that One API's migration makes, with two users, tokens, channels and their abilities.
void makeOneApiDatabase(const std::string& path);

/// Everything in the file, as text: schema and rows.
std::string dump(const std::string& path);

} // namespace fixture
