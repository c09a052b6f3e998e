// A settlement whose texts a table would not take, with texts that every table takes (ledger.md 7).
#pragma once

#include "ledger/journal/record.h"

namespace switchyard::ledger
{

/// `keepTexts`: printable ASCII and short; otherwise only the request's id is left. The numbers stay as they are.
SettleRecord plainRow(const SettleRecord& settle, bool keepTexts);

} // namespace switchyard::ledger
