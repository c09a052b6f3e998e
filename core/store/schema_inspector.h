// What is already there in a database that somebody else may have made.
#pragma once

#include "store/db_session.h"
#include "store/schema.h"

#include <set>
#include <string>
#include <string_view>

namespace switchyard::store
{

bool tableExists(DbSession& session, std::string_view table);
std::set<std::string> columnsOf(DbSession& session, std::string_view table);
/// Whether some index or constraint, whatever its name, covers exactly these columns (database.md 2: older versions
/// named them otherwise). A unique one serves for a plain one, not the reverse.
bool indexExists(DbSession& session, std::string_view table, const Index& index);
/// Whether two rows agree in these columns, so that a unique index cannot be made. NULLs never agree.
bool hasDuplicates(DbSession& session, std::string_view table, const Index& index);
bool indexNameTaken(DbSession& session, std::string_view name);

} // namespace switchyard::store
