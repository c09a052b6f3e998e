#include "store/schema_inspector.h"

#include <Poco/Exception.h>
#include <algorithm>

namespace switchyard::store
{

namespace
{

void requireSqlite(const DbSession& session)
{
    if (session.backend() != Backend::sqlite)
        throw Poco::NotImplementedException("the schema of this backend cannot be read in this version");
}

bool isPrimaryKey(DbSession& session, std::string_view table, const std::vector<std::string_view>& columns)
{
    const auto key = session.query<std::string>("SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk",
                                                std::string(table));
    return std::equal(key.begin(), key.end(), columns.begin(), columns.end());
}

} // namespace

bool tableExists(DbSession& session, std::string_view table)
{
    requireSqlite(session);
    return session.number("SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = ?", std::string(table)) >
           0;
}

std::set<std::string> columnsOf(DbSession& session, std::string_view table)
{
    requireSqlite(session);
    const auto names = session.query<std::string>("SELECT name FROM pragma_table_info(?)", std::string(table));
    return {names.begin(), names.end()};
}

bool indexExists(DbSession& session, std::string_view table, const Index& index)
{
    requireSqlite(session);
    if (isPrimaryKey(session, table, index.columns)) return true;
    using Row = Poco::Tuple<std::string, Poco::Int64>;
    // A partial index does not cover all rows.
    for (const Row& found :
         session.query<Row>("SELECT name, [unique] FROM pragma_index_list(?) WHERE partial = 0", std::string(table)))
    {
        if (index.unique && found.get<1>() == 0) continue;
        const auto columns =
            session.query<std::string>("SELECT name FROM pragma_index_info(?) ORDER BY seqno", found.get<0>());
        if (std::equal(columns.begin(), columns.end(), index.columns.begin(), index.columns.end())) return true;
    }
    return false;
}

bool hasDuplicates(DbSession& session, std::string_view table, const Index& index)
{
    std::string list, notNull;
    for (std::string_view column : index.columns)
    {
        const std::string name = "[" + std::string(column) + "]";
        list += (list.empty() ? "" : ", ") + name;
        notNull += (notNull.empty() ? "" : " AND ") + name + " IS NOT NULL";
    }
    return session.number("SELECT COUNT(*) FROM (SELECT 1 FROM [" + std::string(table) + "] WHERE " + notNull +
                          " GROUP BY " + list + " HAVING COUNT(*) > 1) AS duplicates") > 0;
}

bool indexNameTaken(DbSession& session, std::string_view name)
{
    requireSqlite(session);
    return session.number("SELECT COUNT(*) FROM sqlite_master WHERE type = 'index' AND name = ?", std::string(name)) >
           0;
}

} // namespace switchyard::store
