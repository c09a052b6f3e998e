// INSERT of many rows with few statements.
#pragma once

#include "store/db_session.h"
#include "store/parameter.h"

#include <string_view>
#include <vector>

namespace switchyard::store
{

/// Inserts parameters.size() / columns.size() rows, their values one after another. The statements hold 64, 8 or 1 rows
/// each, so that any number of rows needs only three prepared ones.
void insertRows(DbSession& session, std::string_view table, const std::vector<std::string_view>& columns,
                const std::vector<Parameter>& parameters);

} // namespace switchyard::store
