// The tables as data: what One API's migration makes (database.md 4), rendered for each backend.
#pragma once

#include "store/backend.h"

#include <string>
#include <string_view>
#include <vector>

namespace switchyard::store
{

/// What a column holds; the backends' type names follow from it (database.md 3).
enum class ColumnKind
{
    id, ///< generated primary key
    integer,
    unsignedInteger,
    real,
    boolean,
    shortText, ///< text with an index, a default or as primary key
    longText,
    text,       ///< `text` everywhere
    fixedText,  ///< char(size)
    boundedText ///< varchar(size)
};

struct Column
{
    std::string_view name;
    ColumnKind kind;
    int size = 0;
    std::string_view byDefault = {}; ///< SQL of the default; text ones in double quotes; empty: none
    bool notNull = false;
};

struct Index
{
    std::string_view name;
    std::vector<std::string_view> columns;
    bool unique = false;
};

struct Table
{
    std::string_view name;
    std::vector<Column> columns;
    std::vector<std::string_view> primaryKey = {};
    std::vector<Index> constraints = {}; ///< unique constraints inside CREATE TABLE
    std::vector<Index> indexes = {};
};

const std::vector<Table>& oneApiSchema();

/// Neutral statements.
std::string createTableSql(Backend backend, const Table& table);
std::string addColumnSql(Backend backend, const Table& table, const Column& column);
std::string createIndexSql(const Table& table, const Index& index);

} // namespace switchyard::store
