#include "ledger/journal/retention.h"

#include <algorithm>

namespace switchyard::ledger
{

size_t expired(std::span<const SegmentInfo> segments, uint64_t applied, const OpenStreams& open, int64_t wallMillis,
               const RetentionRule& rule)
{
    const auto taken = [&](const SegmentInfo& segment) { return std::max(segment.bytes, rule.segmentBytes); };
    uint64_t kept = 0;
    for (const SegmentInfo& segment : segments)
        if (segment.last <= applied) kept += taken(segment);
    size_t count = 0;
    for (const SegmentInfo& segment : segments)
    {
        const bool needed = segment.last > applied || open.openIn(segment.ordinal) != 0;
        const bool old = wallMillis - segment.lastWrittenAt > rule.keepFor.count();
        if (needed || (!old && kept <= rule.keepBytes)) break;
        kept -= taken(segment);
        ++count;
    }
    return count;
}

} // namespace switchyard::ledger
