// What is synced, for the one who applies it: the newest records in memory, the others in the files.
#pragma once

#include "ledger/journal/journal_cursor.h"
#include "ledger/journal/journal_file.h"
#include "ledger/journal/record_source.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <vector>

namespace switchyard::ledger
{

/// add(), remove() and end() belong to the journal's thread, next() to the writer's.
class JournalShelf
{
public:
    JournalShelf(Disk& disk, const std::string& journalId, std::vector<SegmentInfo> segments, uint64_t synced);

    /// `closed`: files that are complete; `current`: the one that is written, with what of it is synced.
    void add(const std::vector<FrameChunkPtr>& chunks, const std::vector<SegmentInfo>& closed, const SegmentInfo& current);
    /// All files but the current one, oldest first.
    std::vector<SegmentInfo> closed() const;
    /// These files are to be removed: nobody needs them any more.
    void forget(const std::vector<std::string>& names);
    /// Nothing comes any more: next() does not wait.
    void end();

    Result<std::vector<Numbered>, DiskError> next(uint64_t after, size_t most, std::chrono::milliseconds wait);

private:
    Result<std::vector<Numbered>, DiskError> fromMemory(const std::vector<FrameChunkPtr>& chunks, uint64_t after, size_t most);

    const uint32_t seed_;
    JournalCursor cursor_;
    uint64_t emptyAfter_ = 0; ///< there are no records from above this to emptyThrough_: they were given up
    uint64_t emptyThrough_ = 0;

    mutable std::mutex mutex_;
    std::condition_variable grown_;
    std::deque<FrameChunkPtr> recent_;
    size_t recentBytes_ = 0;
    std::vector<SegmentInfo> segments_; ///< the last is the current one
    uint64_t synced_;
    bool ended_ = false;
};

} // namespace switchyard::ledger
