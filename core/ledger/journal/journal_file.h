// The journal as it is written: numbering, frames, segments, and what to do when the disk fails. No thread, no waiting: the same
// code under the product's threads and under a test that lets every call fail once.
#pragma once

#include "ledger/journal/disk.h"
#include "ledger/journal/frame.h"
#include "ledger/journal/journal_clock.h"
#include "ledger/journal/recovery.h"
#include "ledger/journal/spare.h"

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace switchyard::ledger
{

/// Frames that were written in one go.
struct FrameChunk
{
    uint64_t first = 0;
    uint64_t last = 0;
    int64_t writtenAt = 0;
    std::string bytes;
};
using FrameChunkPtr = std::shared_ptr<const FrameChunk>;

/// A sync that another thread may run while writing goes on.
struct SyncJob
{
    std::shared_ptr<DiskFile> file; ///< null: there is nothing to sync
    uint64_t ordinal = 0;
    uint64_t through = 0; ///< all numbers up to this are in the file
    explicit operator bool() const noexcept { return file != nullptr; }
};

/// So that nothing is applied that a power loss would take from the journal.
Result<Done, DiskError> syncFile(Disk& disk, const std::string& name);

/// [one thread]
class JournalFile
{
public:
    struct Place
    {
        std::string journalId;
        std::string newest; ///< the last file of the process before; empty: there is none
        uint64_t lastOrdinal = 0;
        uint64_t run = 1;
        uint64_t follows = 0;      ///< the last number that the segments before have
        uint64_t lastSequence = 0; ///< numbers go on after this; above `follows`: a database is ahead of the journal
    };

    JournalFile(Disk& disk, JournalClock& clock, uint64_t segmentBytes, Place place);

    /// Syncs what the process before wrote, which may be in the kernel's memory alone, and makes the first segment of this start.
    Result<Done, DiskError> open();

    /// Gives the record a number. It stands in memory until write().
    void append(std::string_view payload);
    /// Enough for one write has been appended.
    bool full() const noexcept { return pending_.bytes.size() >= mostPending_; }
    /// Writes what was appended, with one call. When that fails, or a sync has failed before, the segment is closed for good and
    /// everything that is not synced is written to a new one. Fails only when that is not possible either: nothing is lost then,
    /// and the next call tries again.
    Result<Done, DiskError> write();

    /// What is to be synced now; run job.file->sync() on any thread and come back with the result.
    SyncJob startSync() const;
    /// After a failure: as write().
    Result<Done, DiskError> finishSync(const SyncJob& job, const Result<Done, DiskError>& result);

    /// Writes and syncs everything and says in the file that it ended in order. Nothing may be appended any more.
    Result<Done, DiskError> close();

    /// What has been synced since the last call, in order.
    std::vector<FrameChunkPtr> takeSynced();
    /// What has been closed since the last call.
    std::vector<SegmentInfo> takeClosed();

    uint64_t lastAppended() const noexcept { return appended_; }
    uint64_t lastWritten() const noexcept { return written_; }
    uint64_t lastSynced() const noexcept { return synced_; }
    uint64_t failures() const noexcept { return failures_; }
    const DiskError& lastFailure() const noexcept { return lastFailure_; }

    void addSpare(Spare spare);
    uint64_t segmentBytes() const noexcept { return segmentBytes_; }
    SpareMaker& spareMaker() noexcept { return maker_; }
    /// Bytes of frames that can be written without asking the disk for space.
    uint64_t room() const noexcept;
    /// The segment that is written; `last` is what is synced.
    SegmentInfo current() const;
    uint64_t ordinal() const noexcept { return info_.ordinal; }

private:
    Result<Done, DiskError> moveOn();
    Result<Spare, DiskError> takeSpare(uint64_t atLeast);
    Result<Done, DiskError> begin(Spare& spare, const SegmentHead& head, const std::string& frames);
    void settleSynced(uint64_t through);
    void failed(const DiskError& error);

    Disk& disk_;
    JournalClock& clock_;
    const uint64_t segmentBytes_;
    const size_t mostPending_;
    const std::string journalId_;
    const std::string newest_;
    const uint32_t seed_;
    const uint64_t run_;

    std::shared_ptr<DiskFile> segment_;
    SegmentInfo info_;
    uint64_t size_ = 0;
    bool closedForGood_ = false; ///< a call on the segment has failed
    uint64_t ordinal_;           ///< of the newest file, even if it never came to be used

    const uint64_t follows_;          ///< of the first segment
    uint64_t appended_;
    uint64_t written_;
    uint64_t synced_;
    FrameChunk pending_;              ///< appended, not written
    std::deque<FrameChunkPtr> unsynced_; ///< written, not synced
    std::vector<FrameChunkPtr> fresh_;   ///< synced, not yet taken
    std::vector<SegmentInfo> closed_;
    std::deque<Spare> spares_;
    SpareMaker maker_;
    uint64_t failures_ = 0;
    DiskError lastFailure_;
};

} // namespace switchyard::ledger
