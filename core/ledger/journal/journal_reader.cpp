#include "ledger/journal/journal_reader.h"

#include "ledger/journal/open_streams.h"
#include "ledger/journal/segment_list.h"
#include "ledger/journal/segment_reader.h"

#include <algorithm>
#include <limits>

namespace switchyard::ledger
{

namespace
{

void name(std::vector<std::string>& requestIds, std::string_view payload)
{
    Record record;
    if (requestIds.size() >= kMostNamed || !decode(payload, record)) return;
    if (const auto* settle = std::get_if<SettleRecord>(&record)) requestIds.push_back(settle->facts.requestId);
    if (const auto* begin = std::get_if<BeginRecord>(&record)) requestIds.push_back(begin->facts.requestId);
}

// What is whole behind a place where reading stopped.
struct Behind
{
    uint64_t records = 0;
    std::vector<std::string> requestIds;
    uint64_t synced = 0; ///< the highest number that one of them knew to be synced
};

Result<Done, DiskError> look(SegmentReader& reader, uint64_t expected, uint64_t fileSize, Behind& behind)
{
    // More frames than fit between cannot be missing. It also keeps texts from being taken for frames.
    uint64_t most = expected + fileSize / kFrameHead + 1;
    for (;;)
    {
        auto found = reader.search(expected, most);
        if (!found) return failure(found.error());
        if (!*found) return Done{};
        const Frame& frame = **found;
        behind.synced = std::max(behind.synced, frame.syncedBefore);
        most = lostThrough(frame).value_or(frame.sequence) + fileSize / kFrameHead + 1;
        if (glance(frame.payload))
        {
            ++behind.records;
            name(behind.requestIds, frame.payload);
        }
        reader.pass(frame);
    }
}

class Reading
{
public:
    Reading(Disk& disk, const std::function<void(const Numbered&)>& each) : disk_(disk), each_(each) {}

    Result<Recovery, DiskError> run()
    {
        auto listed = listSegments(disk_);
        if (!listed) return failure(listed.error());
        segments_ = std::move(*listed);
        for (const SegmentFile& segment : segments_)
        {
            if (found_.journalId.empty()) found_.journalId = segment.head.journalId;
            found_.runs = std::max(found_.runs, segment.head.run);
        }
        if (!segments_.empty()) found_.first = expected_ = segments_.front().head.first;
        for (size_t i = 0; i < segments_.size() && !found_.damage; ++i)
            if (auto read = readSegment(i); !read) return failure(read.error());
        found_.last = expected_ - 1;
        if (!found_.damage) found_.open = streams_.list();
        for (SegmentInfo& segment : found_.segments)
            segment.openBegins = streams_.openIn(segment.ordinal);
        return std::move(found_);
    }

private:
    Result<Done, DiskError> readSegment(size_t index)
    {
        const SegmentFile& segment = segments_[index];
        if (!segment.trouble.empty()) return damaged(index, 0, segment.trouble, nullptr);
        if (index > 0 && segment.head.follows + 1 != expected_)
            return damaged(index, 0, "it does not follow the file before it", nullptr);
        auto file = disk_.open(segment.name, false);
        if (!file) return failure(file.error());
        SegmentReader reader(std::move(*file), frameSeed(segment.head.journalId));

        expected_ = segment.head.first;
        SegmentInfo info{segment.name, segment.head.ordinal, expected_, expected_ - 1, 0, segment.head.madeAt, 0};
        bool closed = false;
        std::string trouble;
        while (!closed && trouble.empty() && (segment.limit == 0 || expected_ < segment.limit))
        {
            auto frame = reader.peek();
            if (!frame) return failure(frame.error());
            if (!*frame || (*frame)->sequence != expected_) break;
            closed = isCloseMark((*frame)->payload);
            if (!closed) trouble = take(**frame, segment);
            if (!trouble.empty()) break;
            info.lastWrittenAt = (*frame)->writtenAt;
            reader.pass(**frame);
        }
        info.last = expected_ - 1;
        info.bytes = reader.offset();
        found_.segments.push_back(std::move(info));
        if (segment.limit != 0 && expected_ == segment.limit) return Done{};
        if (!trouble.empty() || segment.limit != 0 || (!closed && segment.fileSize < segment.head.size))
            return damaged(index, reader.offset(), whyStopped(segment, trouble, closed), &reader);
        return tail(segment, reader, closed);
    }

    // Empty, or why the record cannot be used.
    std::string take(const Frame& frame, const SegmentFile& segment)
    {
        if (const auto through = lostThrough(frame))
        {
            if ((segment.limit != 0 && *through >= segment.limit)) return "a mark makes no sense";
            expected_ = *through + 1;
            return {};
        }
        if (each_)
        {
            Numbered numbered{frame.sequence, frame.writtenAt, {}};
            if (!decode(frame.payload, numbered.record)) return "a record is of a kind that this version does not know";
            each_(numbered);
        }
        if (!streams_.follow(frame.sequence, frame.writtenAt, frame.payload, segment.head.ordinal))
            return "a record is of a kind that this version does not know";
        ++expected_;
        return {};
    }

    std::string whyStopped(const SegmentFile& segment, const std::string& trouble, bool closed) const
    {
        if (!trouble.empty()) return trouble;
        const std::string number = std::to_string(expected_);
        if (segment.limit != 0 && closed) return "it ends, and the next file begins after record " + number;
        if (segment.fileSize < segment.head.size) return "it is shorter than it was made: record " + number + " may be lost";
        return "record " + number + " cannot be read";
    }

    // The end of the last file.
    Result<Done, DiskError> tail(const SegmentFile& segment, SegmentReader& reader, bool closed)
    {
        const uint64_t offset = reader.offset();
        auto end = reader.usedEnd();
        if (!end) return failure(end.error());
        if (*end == offset) return Done{};
        Behind behind;
        if (auto looked = look(reader, expected_, segment.fileSize, behind); !looked) return looked;
        if (!closed && behind.synced >= expected_)
        {
            found_.damage = Damage{segment.name, offset, whyStopped(segment, {}, false), expected_, behind.records,
                                   std::move(behind.requestIds)};
            return Done{};
        }
        found_.torn = TornTail{segment.name, offset, *end - offset, behind.records, std::move(behind.requestIds)};
        return Done{};
    }

    // `reader` stands where the damage begins; null: the whole file cannot be used.
    Result<Done, DiskError> damaged(size_t index, uint64_t offset, std::string what, SegmentReader* reader)
    {
        Behind behind;
        if (reader != nullptr)
            if (auto looked = look(*reader, expected_, segments_[index].fileSize, behind); !looked) return looked;
        for (size_t i = reader == nullptr ? index : index + 1; i < segments_.size(); ++i)
        {
            const SegmentFile& segment = segments_[i];
            auto file = disk_.open(segment.name, false);
            if (!file) return failure(file.error());
            SegmentReader later(std::move(*file), frameSeed(found_.journalId));
            if (auto looked = look(later, segment.head.first, segment.fileSize, behind); !looked) return looked;
        }
        found_.damage = Damage{segments_[index].name, offset,         std::move(what),
                               expected_,             behind.records, std::move(behind.requestIds)};
        return Done{};
    }

    Disk& disk_;
    const std::function<void(const Numbered&)>& each_;
    std::vector<SegmentFile> segments_;
    OpenStreams streams_{true};
    uint64_t expected_ = 1;
    Recovery found_;
};

} // namespace

Result<Recovery, DiskError> readJournal(Disk& disk, const std::function<void(const Numbered&)>& each)
{
    return Reading(disk, each).run();
}

Result<Done, DiskError> keepAside(Disk& disk, const TornTail& torn)
{
    auto from = disk.open(torn.file, false);
    if (!from) return failure(from.error());
    auto bytes = (*from)->read(torn.offset, torn.bytes);
    if (!bytes) return failure(bytes.error());
    const std::string name = "torn-" + torn.file;
    auto names = disk.list();
    if (!names) return failure(names.error());
    if (std::find(names->begin(), names->end(), name) != names->end())
        if (auto removed = disk.remove(name); !removed) return removed; // of a start that did not come further
    auto to = disk.create(name);
    if (!to) return failure(to.error());
    auto done = (*to)->write(0, *bytes);
    return done ? (*to)->sync() : done;
}

} // namespace switchyard::ledger
