#include "store/change_counter.h"

#include "store/schema.h"
#include "store/schema_inspector.h"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace switchyard::store
{

namespace
{

/// The columns that the snapshot loader reads, without balances and counters of use.
struct Watched
{
    std::string_view table;
    std::vector<std::string_view> columns;
};

const std::vector<Watched>& watched()
{
    static const std::vector<Watched> tables{
        {"users", {"id", "username", "role", "status", "group"}},
        {"tokens", {"id", "user_id", "key", "status", "name", "expired_time", "unlimited_quota", "models", "subnet"}},
        {"channels",
         {"id", "type", "provider", "key", "status", "name", "weight", "base_url", "other", "models", "group",
          "model_mapping", "priority", "config", "system_prompt", "settings"}},
        {"options", {"key", "value"}},
        {"switchyard_state", {"name", "value"}}};
    return tables;
}

const Table& counterTable()
{
    static const Table table{"switchyard_changes",
                             {{"id", ColumnKind::integer, 0, "", true}, {"number", ColumnKind::integer, 0, "0", true}},
                             {"id"}};
    return table;
}

std::string triggerSql(const std::string& name, const std::string& when, std::string_view table,
                       const std::string& condition)
{
    // As SQLite keeps it in sqlite_master, so that it can be compared with what is there.
    return "CREATE TRIGGER [" + name + "] AFTER " + when + " ON [" + std::string(table) + "]" + condition +
           " BEGIN UPDATE [switchyard_changes] SET [number] = [number] + 1; END";
}

// An UPDATE that writes the old values again, as a form that is saved whole does, is no change.
std::string updateSql(const std::string& name, const Watched& of)
{
    std::string columns, condition;
    for (std::string_view column : of.columns)
    {
        const std::string quotedName = "[" + std::string(column) + "]";
        columns += (columns.empty() ? "" : ", ") + quotedName;
        condition += (condition.empty() ? "" : " OR ") + ("OLD." + quotedName + " IS NOT NEW." + quotedName);
    }
    return triggerSql(name, "UPDATE OF " + columns, of.table, " WHEN " + condition);
}

/// Name and rendered statement of each trigger.
std::map<std::string, std::string> triggers()
{
    std::map<std::string, std::string> all;
    for (const Watched& of : watched())
    {
        const std::string prefix = "switchyard_" + std::string(of.table);
        all[prefix + "_insert"] = triggerSql(prefix + "_insert", "INSERT", of.table, "");
        all[prefix + "_delete"] = triggerSql(prefix + "_delete", "DELETE", of.table, "");
        all[prefix + "_update"] = updateSql(prefix + "_update", of);
    }
    for (auto& [name, sql] : all)
        sql = renderSql(Backend::sqlite, sql);
    return all;
}

std::map<std::string, std::string> presentTriggers(DbSession& session)
{
    using Row = Poco::Tuple<std::string, std::string>;
    std::map<std::string, std::string> present;
    for (const Row& row : session.query<Row>("SELECT [name], [sql] FROM [sqlite_master] WHERE [type] = 'trigger'"))
        present[row.get<0>()] = row.get<1>();
    return present;
}

bool rowIsThere(DbSession& session)
{
    return tableExists(session, counterTable().name) &&
           session.number("SELECT COUNT(*) FROM [switchyard_changes]") == 1;
}

} // namespace

ChangeMark changeMark(DbSession& session)
{
    return {session.number("PRAGMA schema_version"), session.number("SELECT [number] FROM [switchyard_changes]")};
}

bool changeCounterIntact(DbSession& session)
{
    if (!rowIsThere(session)) return false;
    const auto present = presentTriggers(session);
    for (const auto& [name, sql] : triggers())
        if (const auto at = present.find(name); at == present.end() || at->second != sql) return false;
    return true;
}

void mendChangeCounter(DbSession& session)
{
    if (!tableExists(session, counterTable().name))
        session.executeOnce(createTableSql(session.backend(), counterTable()));
    if (!rowIsThere(session))
    {
        session.executeOnce("DELETE FROM [switchyard_changes]");
        session.executeOnce("INSERT INTO [switchyard_changes] ([id], [number]) VALUES (1, 0)");
    }
    const auto present = presentTriggers(session);
    for (const auto& [name, sql] : triggers())
    {
        const auto at = present.find(name);
        if (at != present.end() && at->second == sql) continue;
        session.executeOnce("DROP TRIGGER IF EXISTS [" + name + "]");
        session.executeOnce(sql);
        // Whatever was written while it was missing has not been counted.
        session.executeOnce("UPDATE [switchyard_changes] SET [number] = [number] + 1");
    }
}

} // namespace switchyard::store
