#include "disk_journal.h"

#include "ledger/journal/journal_reader.h"

#include <algorithm>

namespace ledger_model
{

using namespace switchyard::ledger;
using switchyard::journal_test::SimDisk;

namespace
{

constexpr uint64_t kSegmentBytes = 16 * 1024; // small, so that a walk fills many

std::string bytesOf(const Record& record)
{
    std::string out;
    encode(record, out);
    return out;
}

} // namespace

DiskJournal::DiskJournal() : disk_(std::make_unique<SimDisk>()) {}

void DiskJournal::open(const Recovery& found)
{
    JournalFile::Place place;
    place.journalId = id_;
    place.newest = found.segments.empty() ? std::string() : found.segments.back().name;
    place.run = found.runs + 1;
    place.follows = place.lastSequence = found.last;
    for (const SegmentInfo& segment : found.segments)
        place.lastOrdinal = std::max(place.lastOrdinal, segment.ordinal);
    file_ = std::make_unique<JournalFile>(*disk_, clock_, kSegmentBytes, std::move(place));
    if (!file_->open()) complaint_ = "the journal cannot be opened";
}

void DiskJournal::append(const Record& record)
{
    file_->append(bytesOf(record));
    if (!file_->write()) complaint_ = "the journal cannot be written";
    records_.push_back({records_.size() + 1, clock_.wallMillis(), record});
    if (file_->lastWritten() != records_.size()) complaint_ = "the journal counts otherwise";
}

Recovery DiskJournal::restart()
{
    file_.reset();
    disk_ = std::make_unique<SimDisk>(disk_->afterKill());
    std::vector<Numbered> read;
    auto found = readJournal(*disk_, [&](const Numbered& record) { read.push_back(record); });
    if (!found || found->damage || found->torn || read.size() != records_.size())
    {
        complaint_ = "a kill has taken records that were written";
        return {};
    }
    for (size_t i = 0; i < read.size(); ++i)
        if (read[i].sequence != records_[i].sequence || bytesOf(read[i].record) != bytesOf(records_[i].record))
            complaint_ = "a record came back otherwise than it was written";
    open(*found);
    return *found;
}

} // namespace ledger_model
