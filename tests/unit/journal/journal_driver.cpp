#include "journal_driver.h"

#include "sample_records.h"

#include <cppunit/TestAssert.h>

namespace switchyard::journal_test
{

using namespace ledger;

std::string payloadOf(uint64_t id)
{
    SettleRecord settle;
    settle.parties = {static_cast<int64_t>(id % 5), 0, false, 1};
    settle.quota = static_cast<int64_t>(id * 3 + 1);
    settle.promptTokens = static_cast<int64_t>(id * id);
    settle.facts.requestId = "request-" + std::to_string(id);
    settle.branch = "usage";
    std::string payload;
    encode(settle, payload);
    return payload;
}

uint64_t idOf(const Record& record)
{
    const auto* settle = std::get_if<SettleRecord>(&record);
    if (settle == nullptr) return 0;
    const auto id = static_cast<uint64_t>((settle->quota - 1) / 3);
    const bool same = settle->quota == static_cast<int64_t>(id * 3 + 1) &&
                      settle->promptTokens == static_cast<int64_t>(id * id) &&
                      settle->parties.userId == static_cast<int64_t>(id % 5) && settle->branch == "usage" &&
                      std::string_view(settle->facts.requestId).substr(8) == std::to_string(id);
    return same ? id : 0;
}

void Life::note(const JournalFile& file, uint64_t firstSequence)
{
    for (uint64_t id = firstId; id < firstId + count; ++id)
    {
        const uint64_t sequence = firstSequence + (id - firstId);
        if (sequence <= file.lastWritten()) written.insert(id);
        if (sequence <= file.lastSynced()) synced.insert(id);
    }
}

void Life::live(SimDisk& disk, JournalClock& clock)
{
    auto recovery = readJournal(disk);
    if (!recovery) return;
    CPPUNIT_ASSERT(!recovery->damage);
    if (recovery->torn && !keepAside(disk, *recovery->torn)) return;
    JournalFile::Place place;
    place.journalId = recovery->journalId.empty() ? std::string(32, 'a') : recovery->journalId;
    place.follows = place.lastSequence = recovery->last;
    if (!recovery->segments.empty()) place.newest = recovery->segments.back().name;
    place.run = recovery->runs + 1;
    for (const SegmentInfo& segment : recovery->segments)
        place.lastOrdinal = std::max(place.lastOrdinal, segment.ordinal);
    JournalFile file(disk, clock, segmentBytes, place);
    if (!file.open()) return;
    started = true;
    const uint64_t firstSequence = recovery->last + 1;
    for (uint64_t i = 0; i < count; ++i)
    {
        file.append(payloadOf(firstId + i));
        appended.insert(firstId + i);
        // What cannot be written now is written with the next.
        if (i % 3 == 2 || file.full())
            if (file.write()) note(file, firstSequence);
        if (i % 7 == 6)
            if (const SyncJob job = file.startSync())
            {
                file.append(payloadOf(firstId + ++i)); // goes on while the sync runs
                appended.insert(firstId + i);
                if (file.write()) note(file, firstSequence);
                if (file.finishSync(job, job.file->sync())) note(file, firstSequence);
            }
        if (i % 11 == 10)
        {
            std::atomic<bool> cancelled{false};
            if (auto spare = file.spareMaker().make(segmentBytes, cancelled)) file.addSpare(std::move(*spare));
        }
    }
    if (file.write()) note(file, firstSequence);
    if (!close) return;
    closed = file.close().ok();
    note(file, firstSequence);
}

Contents contentsOf(Disk& disk)
{
    Contents contents;
    auto recovery = readJournal(disk, [&](const Numbered& numbered) { contents.records.push_back(numbered); });
    CPPUNIT_ASSERT(recovery.ok());
    contents.recovery = std::move(*recovery);
    return contents;
}

} // namespace switchyard::journal_test
