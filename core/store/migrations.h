// Brings a database to the schema that this version needs.
#pragma once

namespace switchyard::telemetry
{
class Logger;
}

namespace switchyard::store
{

class Database;

/// Applies what is missing of the numbered migrations, each in a transaction of its own, and notes it in the table
/// `switchyard_migrations`. Creates what is missing; never drops, narrows or renames what is there. Several processes
/// may do it at once. A database that a newer version has migrated is refused, by a Poco::Exception.
void migrate(Database& database, telemetry::Logger& log);

} // namespace switchyard::store
