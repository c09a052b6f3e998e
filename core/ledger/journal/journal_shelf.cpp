#include "ledger/journal/journal_shelf.h"

#include <algorithm>

namespace switchyard::ledger
{

namespace
{

// A second of 20,000 settlements; a writer that is further behind reads the files.
constexpr size_t kMostRecent = 8 * 1024 * 1024;

} // namespace

JournalShelf::JournalShelf(Disk& disk, const std::string& journalId, std::vector<SegmentInfo> segments, uint64_t synced)
    : seed_(frameSeed(journalId)), cursor_(disk, journalId), segments_(std::move(segments)), synced_(synced)
{
}

void JournalShelf::add(const std::vector<FrameChunkPtr>& chunks, const std::vector<SegmentInfo>& closed,
                       const SegmentInfo& current)
{
    {
        const std::lock_guard lock(mutex_);
        for (const FrameChunkPtr& chunk : chunks)
        {
            recent_.push_back(chunk);
            recentBytes_ += chunk->bytes.size();
        }
        while (recentBytes_ > kMostRecent && recent_.size() > 1)
        {
            recentBytes_ -= recent_.front()->bytes.size();
            recent_.pop_front();
        }
        for (const SegmentInfo& segment : closed)
            if (!segments_.empty() && segments_.back().ordinal == segment.ordinal)
                segments_.back() = segment;
            else
                segments_.push_back(segment);
        if (segments_.empty() || segments_.back().ordinal != current.ordinal) segments_.push_back(current);
        segments_.back() = current;
        if (!chunks.empty()) synced_ = chunks.back()->last;
    }
    grown_.notify_one();
}

std::vector<SegmentInfo> JournalShelf::closed() const
{
    const std::lock_guard lock(mutex_);
    return segments_.empty() ? std::vector<SegmentInfo>() : std::vector<SegmentInfo>(segments_.begin(), segments_.end() - 1);
}

void JournalShelf::forget(const std::vector<std::string>& names)
{
    const std::lock_guard lock(mutex_);
    std::erase_if(segments_, [&](const SegmentInfo& segment)
                  { return std::find(names.begin(), names.end(), segment.name) != names.end(); });
}

void JournalShelf::end()
{
    {
        const std::lock_guard lock(mutex_);
        ended_ = true;
    }
    grown_.notify_one();
}

Result<std::vector<Numbered>, DiskError> JournalShelf::next(uint64_t after, size_t most, std::chrono::milliseconds wait)
{
    std::vector<FrameChunkPtr> chunks;
    std::vector<SegmentInfo> segments;
    if (after >= emptyAfter_) after = std::max(after, emptyThrough_);
    uint64_t synced = 0;
    {
        std::unique_lock lock(mutex_);
        grown_.wait_for(lock, wait, [&] { return synced_ > after || ended_; });
        // What the reader has behind it need not stay; should it go back, the files have it.
        while (!recent_.empty() && recent_.front()->last <= after)
        {
            recentBytes_ -= recent_.front()->bytes.size();
            recent_.pop_front();
        }
        if (synced_ <= after) return std::vector<Numbered>();
        synced = synced_;
        if (!recent_.empty() && recent_.front()->first <= after + 1)
        {
            uint64_t numbers = 0;
            auto chunk = std::upper_bound(recent_.begin(), recent_.end(), after, [](uint64_t number, const FrameChunkPtr& each)
                                          { return number < each->last; });
            for (; chunk != recent_.end() && numbers < most; ++chunk)
            {
                numbers += (*chunk)->last - std::max(after, (*chunk)->first - 1);
                chunks.push_back(*chunk);
            }
        }
        else
        {
            segments = segments_;
        }
    }
    auto records = chunks.empty() ? cursor_.read(after, most, segments) : fromMemory(chunks, after, most);
    if (records && records->empty())
    {
        emptyAfter_ = after;
        emptyThrough_ = synced;
    }
    return records;
}

Result<std::vector<Numbered>, DiskError> JournalShelf::fromMemory(const std::vector<FrameChunkPtr>& chunks, uint64_t after,
                                                                  size_t most)
{
    std::vector<Numbered> out;
    for (const FrameChunkPtr& chunk : chunks)
        for (std::string_view bytes = chunk->bytes; !bytes.empty() && out.size() < most;)
        {
            const auto frame = frameAt(bytes, seed_);
            Record record;
            if (!frame || (frame->sequence > after && !decode(frame->payload, record)))
                return failure(DiskError{0, "a record of the journal has changed in memory"});
            bytes.remove_prefix(frame->size);
            if (frame->sequence > after) out.push_back({frame->sequence, frame->writtenAt, std::move(record)});
        }
    return out;
}

} // namespace switchyard::ledger
