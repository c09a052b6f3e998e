#include "ledger/journal/journal_repair.h"

#include "ledger/journal/journal_reader.h"
#include "ledger/journal/segment_list.h"
#include "ledger/journal/segment_reader.h"

#include <algorithm>
#include <atomic>

namespace switchyard::ledger
{

namespace
{

constexpr const char* kNewName = "repair-new"; // no reader looks at it

class FileRepair
{
public:
    FileRepair(Disk& disk, const SegmentFile& segment, const std::string& journalId)
        : disk_(disk), segment_(segment), seed_(frameSeed(journalId))
    {
        repaired_.name = segment.name;
        head_ = segment.head;
        head_.journalId = journalId;
    }

    Result<RepairedFile, DiskError> run()
    {
        if (auto collected = collect(); !collected) return failure(collected.error());
        if (auto kept = keepDamaged(); !kept) return failure(kept.error());
        if (auto written = writeNew(); !written) return failure(written.error());
        return repaired_;
    }

private:
    bool wanted(uint64_t sequence) const noexcept { return segment_.limit == 0 || sequence < segment_.limit; }

    void lose(uint64_t through)
    {
        if (repaired_.lost == 0) repaired_.firstLost = expected_;
        repaired_.lost += through - expected_ + 1;
        appendFrame(frames_, seed_, expected_, expected_ - 1, writtenAt_, lossMark(through));
        expected_ = through + 1;
    }

    // Every frame of the file that is whole and counts, in order, with marks between.
    Result<Done, DiskError> collect()
    {
        auto file = disk_.open(segment_.name, false);
        if (!file) return failure(file.error());
        SegmentReader reader(std::move(*file), seed_);
        expected_ = head_.first;
        writtenAt_ = head_.madeAt;
        while (wanted(expected_))
        {
            const uint64_t most = segment_.limit != 0 ? segment_.limit - 1 : expected_ + segment_.fileSize / kFrameHead + 1;
            auto found = reader.search(expected_, most);
            if (!found) return failure(found.error());
            if (!*found) break;
            const Frame& frame = **found;
            const auto through = lostThrough(frame);
            Record record;
            const bool usable = through ? wanted(*through) : isCloseMark(frame.payload) || decode(frame.payload, record);
            if (usable)
            {
                if (frame.sequence > expected_) lose(frame.sequence - 1);
                writtenAt_ = frame.writtenAt;
                auto bytes = reader.read(reader.offset(), frame.size);
                if (!bytes) return failure(bytes.error());
                frames_ += *bytes;
                if (isCloseMark(frame.payload)) break;
                expected_ = (through ? *through : frame.sequence) + 1;
            }
            reader.pass(frame);
        }
        if (segment_.limit != 0 && expected_ < segment_.limit) lose(segment_.limit - 1);
        return Done{};
    }

    Result<Done, DiskError> keepDamaged()
    {
        auto names = disk_.list();
        if (!names) return failure(names.error());
        repaired_.keptAs = "damaged-" + segment_.name;
        for (int copy = 2; std::find(names->begin(), names->end(), repaired_.keptAs) != names->end(); ++copy)
            repaired_.keptAs = "damaged-" + segment_.name + '-' + std::to_string(copy);
        auto from = disk_.open(segment_.name, false);
        if (!from) return failure(from.error());
        auto to = disk_.create(repaired_.keptAs);
        if (!to) return failure(to.error());
        constexpr size_t kPiece = 1024 * 1024;
        for (uint64_t at = 0; at < segment_.fileSize; at += kPiece)
        {
            auto bytes = (*from)->read(at, kPiece);
            if (!bytes) return failure(bytes.error());
            if (auto written = (*to)->write(at, *bytes); !written) return written;
        }
        return (*to)->sync();
    }

    Result<Done, DiskError> writeNew()
    {
        auto names = disk_.list();
        if (!names) return failure(names.error());
        if (std::find(names->begin(), names->end(), kNewName) != names->end())
            if (auto removed = disk_.remove(kNewName); !removed) return removed;
        auto file = disk_.create(kNewName);
        if (!file) return failure(file.error());
        head_.size = std::max<uint64_t>({head_.size, segment_.fileSize, kHeadBytes + frames_.size()});
        auto done = (*file)->allocate(head_.size);
        if (done) done = (*file)->write(0, encodedHead(head_) + frames_);
        if (done) done = (*file)->sync();
        return done ? disk_.rename(kNewName, segment_.name) : done;
    }

    Disk& disk_;
    const SegmentFile& segment_;
    const uint32_t seed_;
    SegmentHead head_;
    std::string frames_;
    uint64_t expected_ = 0;
    int64_t writtenAt_ = 0;
    RepairedFile repaired_;
};

// One file of the damage; the next reading shows whether there is more.
Result<RepairedFile, DiskError> repairOne(Disk& disk, const Recovery& recovery)
{
    if (recovery.journalId.empty())
        return failure(DiskError{0, "no file of the journal has a head that can be read: move the directory away; "
                                    "what it holds cannot be charged"});
    auto segments = listSegments(disk);
    if (!segments) return failure(segments.error());
    for (size_t i = 0; i < segments->size(); ++i)
    {
        SegmentFile& segment = (*segments)[i];
        if (segment.name != recovery.damage->file) continue;
        // A head that had to be made up says that nothing is missing before it; what is, is lost.
        if (!segment.trouble.empty() && i > 0) segment.head.follows = recovery.last;
        if (segment.head.first > recovery.last + 1 && i > 0 && segment.head.follows != recovery.last)
            return failure(DiskError{0, segment.name + " does not follow the file before it, and does not say why"});
        return FileRepair(disk, segment, recovery.journalId).run();
    }
    return failure(DiskError{0, recovery.damage->file + " is gone"});
}

} // namespace

Result<std::vector<RepairedFile>, DiskError> repairJournal(Disk& disk)
{
    if (auto locked = disk.lock(); !locked) return failure(locked.error());
    std::vector<RepairedFile> repaired;
    for (;;)
    {
        auto recovery = readJournal(disk);
        if (!recovery) return failure(recovery.error());
        if (!recovery->damage) return repaired;
        if (!repaired.empty() && repaired.back().name == recovery->damage->file)
            return failure(DiskError{0, recovery->damage->file + " cannot be repaired: " + recovery->damage->what});
        auto one = repairOne(disk, *recovery);
        if (!one) return failure(one.error());
        repaired.push_back(std::move(*one));
    }
}

} // namespace switchyard::ledger
