#include "store/multi_insert.h"

#include <Poco/Exception.h>
#include <span>
#include <string>

namespace switchyard::store
{

namespace
{

// The largest times the columns of `logs` stays far below each backend's limit of parameters (SQLite 32766).
constexpr size_t kRowsPerStatement[] = {64, 8, 1};

std::string insertSql(std::string_view table, const std::vector<std::string_view>& columns, size_t rows)
{
    std::string sql = "INSERT INTO [" + std::string(table) + "] (";
    std::string marks = "(";
    for (size_t i = 0; i < columns.size(); ++i)
    {
        sql.append(i == 0 ? "[" : ", [").append(columns[i]).append("]");
        marks += i == 0 ? "?" : ", ?";
    }
    sql += ") VALUES ";
    for (size_t row = 0; row < rows; ++row)
        sql.append(row == 0 ? "" : ", ").append(marks).append(")");
    return sql;
}

} // namespace

void insertRows(DbSession& session, std::string_view table, const std::vector<std::string_view>& columns,
                const std::vector<Parameter>& parameters)
{
    if (columns.empty() || parameters.size() % columns.size() != 0)
        throw Poco::InvalidArgumentException("rows that do not fit their columns");
    std::span<const Parameter> left(parameters);
    for (const size_t rows : kRowsPerStatement)
    {
        const size_t values = rows * columns.size();
        if (left.size() < values) continue;
        const std::string sql = insertSql(table, columns, rows);
        for (; left.size() >= values; left = left.subspan(values))
            session.executeList(sql, left.first(values));
    }
}

} // namespace switchyard::store
