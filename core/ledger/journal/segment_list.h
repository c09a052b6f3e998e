// The files of a journal, and what their heads say.
#pragma once

#include "ledger/journal/disk.h"
#include "ledger/journal/frame.h"

#include <string>
#include <vector>

namespace switchyard::ledger
{

struct SegmentFile
{
    std::string name;
    SegmentHead head;      ///< when it cannot be read: made up of the name and the file's size
    std::string trouble;   ///< why the head cannot be believed; empty: it can
    uint64_t fileSize = 0;
    /// The number from which the next file counts and this one no longer does; 0: it is the last file.
    uint64_t limit = 0;
};

/// Oldest first.
Result<std::vector<SegmentFile>, DiskError> listSegments(Disk& disk);

} // namespace switchyard::ledger
