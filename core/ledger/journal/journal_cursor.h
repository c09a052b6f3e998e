// Reading records back from the files while they grow, for a writer that lags or has just started.
#pragma once

#include "ledger/journal/disk.h"
#include "ledger/journal/record.h"
#include "ledger/journal/recovery.h"
#include "ledger/journal/segment_reader.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace switchyard::ledger
{

/// Keeps its place in a file, so that reading on costs nothing extra. [one thread; others may write the files]
class JournalCursor
{
public:
    JournalCursor(Disk& disk, const std::string& journalId) noexcept;

    /// Records with numbers above `after`, at most `most`. `segments`: in order, with what of each counts and is synced. Empty: there
    /// is none. Fails when the next is no longer kept or cannot be read.
    Result<std::vector<Numbered>, DiskError> read(uint64_t after, size_t most, const std::vector<SegmentInfo>& segments);

private:
    Result<Done, DiskError> openAt(uint64_t sequence, const SegmentInfo& segment);
    Result<Done, DiskError> readFrom(const SegmentInfo& segment, uint64_t after, size_t most, std::vector<Numbered>& out);

    Disk& disk_;
    uint32_t seed_;
    std::string name_;
    std::optional<SegmentReader> reader_;
    uint64_t at_ = 0; ///< the number of the frame at the reader's place
};

} // namespace switchyard::ledger
