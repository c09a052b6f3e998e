// The seam between our statements and the SQL backends: one neutral text, rendered per connection.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace switchyard::store
{

/// Kept per connection, never per process: two connections of one process may speak to different backends.
enum class Backend
{
    sqlite,
    mysql,
    postgresql
};

/// Renders a neutral statement: `?` becomes the backend's placeholder, `[name]` the quoted name (`group` and `key` are
/// reserved words somewhere; we quote every column). Neutral statements hold no literals with these characters.
std::string renderSql(Backend backend, std::string_view neutral);

/// An identifier quoted for the backend.
std::string quoted(Backend backend, std::string_view name);

/// INSERT that overwrites `values` when a row with the same `keys` is there. Neutral; parameters: keys, then values.
std::string upsertSql(Backend backend, std::string_view table, std::initializer_list<std::string_view> keys,
                      std::initializer_list<std::string_view> values);

/// Neutral expression that yields 1 or 0 for a boolean column, whatever the backend keeps in it (old SQLite databases
/// also hold the words).
std::string booleanSql(Backend backend, std::string_view column);

/// Neutral expression for reading a column that is LONGTEXT in MySQL, where the connector reads such columns as garbage:
/// at most 16,000 characters of it there.
std::string longTextSql(Backend backend, std::string_view column);

/// Neutral expression that yields a sum as a 64-bit integer: elsewhere than in SQLite a sum of integers is a decimal.
std::string sumSql(Backend backend, std::string_view neutralExpression);

} // namespace switchyard::store
