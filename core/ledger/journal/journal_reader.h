// Reading a journal from its first record to its last, and telling a torn end from damage (ledger.md 5).
#pragma once

#include "ledger/journal/disk.h"
#include "ledger/journal/record.h"
#include "ledger/journal/recovery.h"

#include <functional>

namespace switchyard::ledger
{

/// Reads the whole journal; changes nothing. `each`, if given, gets every record up to the end or the damage, in order, one at a
/// time. Where reading stops at something that is no frame:
///
/// - only zeros to the end of the last file, or its close mark: a clean end;
/// - a file behind it goes on with the next number: the end of a segment that was left behind; nothing is missing;
/// - in the last file, and no frame behind it knew of a sync that included what is missing: a torn tail;
/// - otherwise damage: a frame behind says that it had been synced, a file behind begins later, a file is shorter than it was made,
///   its head is gone, or a record is of a newer version.
///
/// Fails when the disk does.
Result<Recovery, DiskError> readJournal(Disk& disk, const std::function<void(const Numbered&)>& each = {});

/// Copies a torn tail to a file of its own, `torn-` and the segment's name. The segment stays as it is.
Result<Done, DiskError> keepAside(Disk& disk, const TornTail& torn);

} // namespace switchyard::ledger
