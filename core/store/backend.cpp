#include "store/backend.h"

namespace switchyard::store
{

std::string quoted(Backend backend, std::string_view name)
{
    const char mark = backend == Backend::postgresql ? '"' : '`';
    std::string out(1, mark);
    out.append(name);
    return out += mark;
}

std::string renderSql(Backend backend, std::string_view neutral)
{
    std::string sql;
    sql.reserve(neutral.size() + 16);
    int parameter = 0;
    for (size_t i = 0; i < neutral.size(); ++i)
    {
        const char c = neutral[i];
        if (c == '[')
        {
            const size_t end = neutral.find(']', i);
            sql += quoted(backend, neutral.substr(i + 1, end - i - 1));
            i = end;
        }
        else if (c == '?' && backend == Backend::postgresql)
            sql += "$" + std::to_string(++parameter);
        else
            sql += c;
    }
    return sql;
}

std::string upsertSql(Backend backend, std::string_view table, std::initializer_list<std::string_view> keys,
                      std::initializer_list<std::string_view> values)
{
    std::string columns, marks, conflict, updates;
    const auto list = [](std::string& to, const std::string& what) { to += (to.empty() ? "" : ", ") + what; };
    const auto name = [](std::string_view column) { return "[" + std::string(column) + "]"; };
    for (std::string_view key : keys)
    {
        list(columns, name(key));
        list(marks, "?");
        list(conflict, name(key));
    }
    for (std::string_view value : values)
    {
        list(columns, name(value));
        list(marks, "?");
        list(updates, backend == Backend::mysql ? name(value) + " = VALUES(" + name(value) + ")"
                                                : name(value) + " = excluded." + name(value));
    }
    const std::string insert = "INSERT INTO " + name(table) + " (" + columns + ") VALUES (" + marks + ")";
    if (backend == Backend::mysql) return insert + " ON DUPLICATE KEY UPDATE " + updates;
    return insert + " ON CONFLICT (" + conflict + ") DO UPDATE SET " + updates;
}

std::string booleanSql(Backend backend, std::string_view column)
{
    const std::string name = "[" + std::string(column) + "]";
    if (backend == Backend::sqlite) return "CASE WHEN " + name + " IN (1, '1', 'true', 't') THEN 1 ELSE 0 END";
    return "CASE WHEN " + name + " THEN 1 ELSE 0 END";
}

std::string longTextSql(Backend backend, std::string_view column)
{
    const std::string name = "[" + std::string(column) + "]";
    return backend == Backend::mysql ? "SUBSTRING(" + name + ", 1, 16000)" : name;
}

std::string sumSql(Backend backend, std::string_view neutralExpression)
{
    const std::string sum = "COALESCE(SUM(" + std::string(neutralExpression) + "), 0)";
    switch (backend)
    {
    case Backend::sqlite:
        return sum; // a cast would hide an overflow, which SQLite reports
    case Backend::mysql:
        return "CAST(" + sum + " AS SIGNED)";
    case Backend::postgresql:
        return "CAST(" + sum + " AS BIGINT)";
    }
    return sum;
}

} // namespace switchyard::store
