// The tables and columns that are ours alone and that the ledger writes (ledger.md 7 to 9).
#pragma once

#include "store/schema.h"

#include <vector>

namespace switchyard::store
{

/// `ledger_positions` (how far each journal has been applied) and `ledger_entries` (every change of a balance that is
/// not a charge).
const std::vector<Table>& ledgerTables();

/// What a charged row of `logs` says besides One API's columns; all nullable, and the index that finds a request.
const Table& logAdditions();

} // namespace switchyard::store
