#include "store/migrations.h"

#include "base/clock.h"
#include "store/change_counter.h"
#include "store/channel_keys.h"
#include "store/database.h"
#include "store/ledger_repository.h"
#include "store/ledger_schema.h"
#include "store/schema.h"
#include "store/schema_inspector.h"
#include "store/state_repository.h"
#include "telemetry/log.h"

#include <Poco/Exception.h>

namespace switchyard::store
{

namespace
{

using telemetry::Logger;

void makeIndex(DbSession& session, const Table& table, Index index, Logger& log)
{
    if (indexExists(session, table.name, index)) return;
    if (index.unique && hasDuplicates(session, table.name, index))
    {
        // A database in use is worth more than a rule that it has broken already.
        log.warning("a unique index is left out: rows agree in its columns",
                    {{"table", table.name}, {"index", index.name}});
        return;
    }
    std::string free(index.name);
    while (indexNameTaken(session, free)) // the name stands for other columns here
        free += "_s";
    index.name = free;
    session.executeOnce(createIndexSql(table, index));
}

void create(DbSession& session, const Table& table)
{
    session.executeOnce(createTableSql(session.backend(), table));
    for (const Index& index : table.indexes)
        session.executeOnce(createIndexSql(table, index));
}

void complete(DbSession& session, const Table& table, Logger& log)
{
    if (!tableExists(session, table.name)) return create(session, table);
    const auto present = columnsOf(session, table.name);
    for (const Column& column : table.columns)
        if (!present.contains(std::string(column.name)))
            session.executeOnce(addColumnSql(session.backend(), table, column));
    for (const std::vector<Index>* wanted : {&table.constraints, &table.indexes})
        for (const Index& index : *wanted)
            makeIndex(session, table, index, log);
}

void createOneApiSchema(DbSession& session, Logger& log)
{
    const bool ours = !tableExists(session, "channels");
    for (const Table& table : oneApiSchema())
        complete(session, table, log);
    if (!ours) return; // One API may still be needed, and could not use sealed keys
    complete(session, stateTable(), log);
    sealFromTheStart(session);
}

// A channel names its provider by text id (NULL: the provider that serves its type number), and keeps what the host
// does for it in JSON. One API neither reads nor loses nullable columns that it does not know.
void addProviderToChannels(DbSession& session, Logger& log)
{
    const Table additions{
        "channels", {{"provider", ColumnKind::boundedText, 64}, {"settings", ColumnKind::text}}, {"id"}, {}, {}};
    complete(session, additions, log);
}

// What every user and token has now becomes the opening entry of its books; rows of `logs` that are there already are
// no charges of ours (their journal_seq is NULL) and do not count.
void addLedger(DbSession& session, Logger& log)
{
    for (const Table& table : ledgerTables())
        complete(session, table, log);
    complete(session, logAdditions(), log);
    LedgerRepository(session).openAccounts(unixMillis());
}

void addChangeCounter(DbSession& session, Logger& log)
{
    complete(session, stateTable(), log);
    if (session.backend() == Backend::sqlite) mendChangeCounter(session);
}

struct Migration
{
    int version;
    const char* name;
    void (*apply)(DbSession&, Logger&);
};

constexpr Migration kMigrations[] = {
    {1, "One API schema", createOneApiSchema},
    {2, "channels.provider and channels.settings", addProviderToChannels},
    {3, "ledger", addLedger},
    {4, "change counter", addChangeCounter},
};

constexpr int kNewest = 4;

void createMigrationTable(DbSession& session)
{
    const Table table{
        "switchyard_migrations",
        {{"version", ColumnKind::integer}, {"name", ColumnKind::boundedText, 191}, {"applied_at", ColumnKind::integer}},
        {"version"},
        {},
        {}};
    if (!tableExists(session, table.name)) session.executeOnce(createTableSql(session.backend(), table));
}

int64_t versionOf(DbSession& session)
{
    return session.number("SELECT COALESCE(MAX([version]), 0) FROM [switchyard_migrations]");
}

bool upToDate(Database& database)
{
    return database.read(
        [](DbSession& session)
        {
            if (!tableExists(session, "switchyard_migrations")) return false;
            const int64_t version = versionOf(session);
            if (version > kNewest)
                throw Poco::IllegalStateException(
                    "the database is at migration " + std::to_string(version) + " and this version knows only " +
                    std::to_string(kNewest) + ": start the newer Switchyard that has migrated it, or restore a backup");
            return version == kNewest;
        });
}

} // namespace

void migrate(Database& database, Logger& log)
{
    if (upToDate(database)) return;
    database.write(createMigrationTable);
    for (const Migration& migration : kMigrations)
    {
        const bool applied = database.write(
            [&](DbSession& session)
            {
                // Asked again under the write lock: another process may have been faster.
                if (versionOf(session) >= migration.version) return false;
                migration.apply(session, log);
                session.execute(
                    "INSERT INTO [switchyard_migrations] ([version], [name], [applied_at]) VALUES (?, ?, ?)",
                    migration.version, migration.name, unixMillis() / 1000);
                return true;
            });
        if (applied) log.info("database migrated", {{"migration", migration.version}, {"name", migration.name}});
    }
}

} // namespace switchyard::store
