// Giving up what is lost of a damaged journal, so that the rest counts again.
#pragma once

#include "ledger/journal/disk.h"

#include <cstdint>
#include <string>
#include <vector>

namespace switchyard::ledger
{

struct RepairedFile
{
    std::string name;
    std::string keptAs;       ///< the damaged one, whole; empty: there was none
    uint64_t firstLost = 0;
    uint64_t lost = 0;        ///< numbers given up, from firstLost on or further behind
};

/// Writes each damaged file anew: what is readable of it, and marks where something is lost. The damaged one is kept under another
/// name. The process may die anywhere: then the journal is still damaged, or the file is repaired. Fails when the disk does, when
/// another process has the journal, or when nothing of it can be believed (no file has a head). Empty: there was no damage.
/// What was lost is not charged; streams whose settlement was lost are settled by the next start from their last progress.
Result<std::vector<RepairedFile>, DiskError> repairJournal(Disk& disk);

} // namespace switchyard::ledger
