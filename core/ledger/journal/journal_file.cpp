#include "ledger/journal/journal_file.h"

#include <algorithm>
#include <cassert>

namespace switchyard::ledger
{

namespace
{

// One write takes no more than this: with more, the first records of a burst would wait for the last.
constexpr size_t kMostPending = 1024 * 1024;

const std::atomic<bool> kNotCancelled{false};

} // namespace

JournalFile::JournalFile(Disk& disk, JournalClock& clock, uint64_t segmentBytes, Place place)
    : disk_(disk), clock_(clock), segmentBytes_(std::max<uint64_t>(segmentBytes, 4 * kHeadBytes)),
      mostPending_(std::min<size_t>(kMostPending, segmentBytes_ / 8)), journalId_(std::move(place.journalId)), newest_(std::move(place.newest)),
      seed_(frameSeed(journalId_)), run_(place.run), ordinal_(place.lastOrdinal), follows_(place.follows),
      appended_(place.lastSequence), written_(place.lastSequence), synced_(place.lastSequence), maker_(disk)
{
    assert(place.follows <= place.lastSequence);
}

Result<Done, DiskError> syncFile(Disk& disk, const std::string& name)
{
    auto file = disk.open(name, true);
    if (!file) return failure(file.error());
    return (*file)->sync();
}

Result<Done, DiskError> JournalFile::open()
{
    if (!newest_.empty())
        if (auto synced = syncFile(disk_, newest_); !synced) return synced;
    if (auto removed = maker_.removeLeftOver(); !removed) return removed;
    return moveOn();
}

void JournalFile::append(std::string_view payload)
{
    if (pending_.bytes.empty())
    {
        pending_.first = appended_ + 1;
        pending_.writtenAt = clock_.wallMillis();
    }
    ++appended_;
    pending_.last = appended_;
    appendFrame(pending_.bytes, seed_, appended_, synced_, pending_.writtenAt, payload);
}

Result<Done, DiskError> JournalFile::write()
{
    if (closedForGood_) return moveOn();
    if (pending_.bytes.empty()) return Done{};
    if (info_.bytes + pending_.bytes.size() + kCloseMarkFrame > size_) return moveOn();
    if (auto wrote = segment_->write(info_.bytes, pending_.bytes); !wrote)
    {
        failed(wrote.error());
        closedForGood_ = true;
        return moveOn();
    }
    info_.bytes += pending_.bytes.size();
    info_.lastWrittenAt = pending_.writtenAt;
    written_ = pending_.last;
    const size_t usual = pending_.bytes.size();
    unsynced_.push_back(std::make_shared<const FrameChunk>(std::move(pending_)));
    pending_ = {};
    pending_.bytes.reserve(usual);
    return Done{};
}

SyncJob JournalFile::startSync() const
{
    if (closedForGood_ || unsynced_.empty()) return {};
    return {segment_, info_.ordinal, written_};
}

Result<Done, DiskError> JournalFile::finishSync(const SyncJob& job, const Result<Done, DiskError>& result)
{
    // The segment may have been left meanwhile: then all it had has been synced in the next.
    if (job.ordinal != info_.ordinal || closedForGood_) return Done{};
    if (!result)
    {
        failed(result.error());
        closedForGood_ = true;
        return moveOn();
    }
    settleSynced(job.through);
    return Done{};
}

void JournalFile::settleSynced(uint64_t through)
{
    synced_ = std::max(synced_, through);
    while (!unsynced_.empty() && unsynced_.front()->last <= through)
    {
        fresh_.push_back(std::move(unsynced_.front()));
        unsynced_.pop_front();
    }
}

// Everything that is not synced goes into the new segment, which gets its name only when it is synced itself: a reader finds
// either the old segment alone or the new one whole. The old one's unsynced end, whatever has become of it, no longer counts.
Result<Done, DiskError> JournalFile::moveOn()
{
    std::string frames;
    for (const FrameChunkPtr& chunk : unsynced_)
        frames += chunk->bytes;
    frames += pending_.bytes;

    SegmentHead head;
    head.journalId = journalId_;
    head.ordinal = ordinal_ + 1;
    head.first = synced_ + 1;
    head.follows = segment_ ? synced_ : follows_;
    head.run = run_;
    head.madeAt = clock_.wallMillis();
    auto spare = takeSpare(kHeadBytes + frames.size() + kCloseMarkFrame);
    if (!spare) return failure(spare.error());
    head.size = spare->size;
    ++ordinal_; // used up even if this fails: the file may be there
    if (auto begun = begin(*spare, head, frames); !begun)
    {
        failed(begun.error());
        return begun;
    }

    if (segment_)
    {
        info_.last = synced_;
        closed_.push_back(info_);
    }
    segment_ = std::move(spare->file);
    size_ = spare->size;
    closedForGood_ = false;
    info_ = {};
    info_.name = segmentName(head.ordinal, head.first);
    info_.ordinal = head.ordinal;
    info_.first = head.first;
    info_.bytes = kHeadBytes + frames.size();
    info_.lastWrittenAt = head.madeAt;
    if (!pending_.bytes.empty()) unsynced_.push_back(std::make_shared<const FrameChunk>(std::move(pending_)));
    pending_ = {};
    written_ = appended_;
    settleSynced(appended_);
    return Done{};
}

Result<Done, DiskError> JournalFile::begin(Spare& spare, const SegmentHead& head, const std::string& frames)
{
    auto done = spare.file->write(0, encodedHead(head) + frames);
    if (done) done = spare.file->sync();
    if (!done)
    {
        spare.file.reset();
        static_cast<void>(disk_.remove(spare.name)); // the next start tries again
        return done;
    }
    return disk_.rename(spare.name, segmentName(head.ordinal, head.first));
}

Result<Spare, DiskError> JournalFile::takeSpare(uint64_t atLeast)
{
    if (!spares_.empty() && spares_.front().size >= atLeast)
    {
        Spare spare = std::move(spares_.front());
        spares_.pop_front();
        return spare;
    }
    // Rounded up, so that a large burst leaves room behind it.
    const uint64_t segments = (atLeast + segmentBytes_ - 1) / segmentBytes_;
    auto made = maker_.make(segments * segmentBytes_, kNotCancelled);
    if (!made) failed(made.error());
    return made;
}

Result<Done, DiskError> JournalFile::close()
{
    if (auto wrote = write(); !wrote) return wrote;
    if (const SyncJob job = startSync())
        if (auto finished = finishSync(job, job.file->sync()); !finished) return finished;
    std::string mark;
    appendFrame(mark, seed_, appended_ + 1, synced_, clock_.wallMillis(), closeMark());
    if (auto wrote = segment_->write(info_.bytes, mark); !wrote) return wrote;
    return segment_->sync();
}

void JournalFile::failed(const DiskError& error)
{
    ++failures_;
    lastFailure_ = error;
}

std::vector<FrameChunkPtr> JournalFile::takeSynced() { return std::exchange(fresh_, {}); }
std::vector<SegmentInfo> JournalFile::takeClosed() { return std::exchange(closed_, {}); }

void JournalFile::addSpare(Spare spare) { spares_.push_back(std::move(spare)); }

uint64_t JournalFile::room() const noexcept
{
    // At the end of each segment a write may find too little left, and then stands at the head of the next with what is not synced.
    const uint64_t waste = 2 * mostPending_ + kHeadBytes + kCloseMarkFrame;
    const auto usable = [&](uint64_t bytes) { return bytes > waste ? bytes - waste : 0; };
    uint64_t bytes = closedForGood_ || !segment_ ? 0 : usable(size_ - info_.bytes);
    for (const Spare& spare : spares_)
        bytes += usable(spare.size);
    return bytes;
}

SegmentInfo JournalFile::current() const
{
    SegmentInfo info = info_;
    info.last = synced_;
    return info;
}

} // namespace switchyard::ledger
