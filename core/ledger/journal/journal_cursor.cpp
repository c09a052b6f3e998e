#include "ledger/journal/journal_cursor.h"

namespace switchyard::ledger
{

JournalCursor::JournalCursor(Disk& disk, const std::string& journalId) noexcept : disk_(disk), seed_(frameSeed(journalId)) {}

Result<std::vector<Numbered>, DiskError> JournalCursor::read(uint64_t after, size_t most,
                                                             const std::vector<SegmentInfo>& segments)
{
    std::vector<Numbered> out;
    if (!segments.empty() && after + 1 < segments.front().first)
        return failure(DiskError{0, "records " + std::to_string(after + 1) + " to " +
                                        std::to_string(segments.front().first - 1) + " of the journal are no longer kept"});
    for (const SegmentInfo& segment : segments)
    {
        if (out.size() >= most) break;
        const uint64_t done = out.empty() ? after : out.back().sequence;
        if (segment.last <= done || segment.last < segment.first) continue;
        if (auto read = readFrom(segment, done, most, out); !read) return failure(read.error());
    }
    return out;
}

Result<Done, DiskError> JournalCursor::openAt(uint64_t sequence, const SegmentInfo& segment)
{
    if (name_ == segment.name && at_ <= sequence && reader_) return Done{};
    auto file = disk_.open(segment.name, false);
    if (!file) return failure(file.error());
    reader_.emplace(std::move(*file), seed_);
    name_ = segment.name;
    at_ = segment.first;
    return Done{};
}

Result<Done, DiskError> JournalCursor::readFrom(const SegmentInfo& segment, uint64_t after, size_t most,
                                                std::vector<Numbered>& out)
{
    if (auto opened = openAt(after + 1, segment); !opened) return opened;
    bool fresh = false; // what is in memory may be from before this frame was written
    while (at_ <= segment.last && out.size() < most)
    {
        auto frame = reader_->peek();
        if (!frame) return failure(frame.error());
        if (!*frame || (*frame)->sequence != at_)
        {
            if (fresh)
                return failure(DiskError{0, "record " + std::to_string(at_) + " cannot be read in " + segment.name +
                                                " at " + std::to_string(reader_->offset())});
            reader_->goTo(reader_->offset());
            fresh = true;
            continue;
        }
        fresh = false;
        const auto lost = lostThrough(**frame);
        if (!lost && at_ > after)
        {
            Numbered numbered{at_, (*frame)->writtenAt, {}};
            if (!decode((*frame)->payload, numbered.record))
                return failure(DiskError{0, "record " + std::to_string(at_) + " in " + segment.name +
                                                " is of a kind that this version does not know"});
            out.push_back(std::move(numbered));
        }
        at_ = (lost ? *lost : at_) + 1;
        reader_->pass(**frame);
    }
    return Done{};
}

} // namespace switchyard::ledger
