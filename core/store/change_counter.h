// A number in the database that moves whenever something changes that a snapshot is made of, and only then.
#pragma once

#include "store/db_session.h"

#include <cstdint>

namespace switchyard::store
{

/// SQLite's data_version tells that somebody has committed, not what. The ledger's writer commits many times a second
/// and changes balances only. So triggers count, in `switchyard_changes`, what is written to the columns that matter;
/// they fire for every program that writes to the file.
struct ChangeMark
{
    int64_t schema = 0; ///< of the file: a program that rebuilds a table takes our triggers with it
    int64_t number = 0;

    bool operator==(const ChangeMark&) const = default;
};

/// [in a transaction]
ChangeMark changeMark(DbSession& session);

/// Whether the table and all triggers are there as this version makes them.
bool changeCounterIntact(DbSession& session);

/// Makes what is missing or different. [in a write transaction]
void mendChangeCounter(DbSession& session);

} // namespace switchyard::store
