// What the commands `switchyard journal ...` do.
#pragma once

#include "ledger/journal/disk.h"
#include "ledger/journal/recovery.h"

#include <iosfwd>

namespace switchyard::ledger
{

/// Reads everything and says `clean`, or the file, the offset and the request ids that a torn tail or damage concerns. May run
/// beside a gateway that writes. True: clean.
Result<bool, DiskError> verifyJournal(Disk& disk, std::ostream& out);

/// Every record as one line of JSON, in order, as far as the journal can be read. What stopped it, if anything, is in the result.
Result<Recovery, DiskError> dumpJournal(Disk& disk, std::ostream& out);

} // namespace switchyard::ledger
