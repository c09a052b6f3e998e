// Which files of the journal are no longer needed (ledger.md 7).
#pragma once

#include "ledger/journal/open_streams.h"
#include "ledger/journal/recovery.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>

namespace switchyard::ledger
{

struct RetentionRule
{
    uint64_t keepBytes = 0;
    std::chrono::milliseconds keepFor{0};
    uint64_t segmentBytes = 0; ///< what a file takes on the disk, however little is in it
};

/// How many of `segments` (closed ones, oldest first) may go: every database has all their records, no stream that began in them
/// is open, and they are too old or too much. Only from the front: the numbers that are kept have no gap. Pure.
size_t expired(std::span<const SegmentInfo> segments, uint64_t applied, const OpenStreams& open, int64_t wallMillis,
               const RetentionRule& rule);

} // namespace switchyard::ledger
