#include "journal_driver.h"
#include "ledger/journal/crc32c.h"
#include "sample_records.h"

#include <cppunit/extensions/HelperMacros.h>
#include <functional>

using namespace switchyard;
using namespace switchyard::ledger;
using namespace switchyard::journal_test;

namespace
{

constexpr uint64_t kRecords = 200;

SimDisk::Files journalOf200(bool close)
{
    SimDisk disk;
    StillClock clock;
    Life life;
    life.segmentBytes = 6144;
    life.count = kRecords;
    life.close = close;
    life.live(disk, clock);
    CPPUNIT_ASSERT_EQUAL(size_t{kRecords}, life.written.size());
    return disk.afterKill();
}

std::vector<std::string> segmentsIn(const SimDisk::Files& files)
{
    std::vector<std::string> names;
    for (const auto& [name, file] : files)
        if (parsedSegmentName(name)) names.push_back(name);
    return names;
}

class JournalDamageTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(JournalDamageTest);
    CPPUNIT_TEST(checksumIsTheStandardOne);
    CPPUNIT_TEST(everyFlippedByteOfAClosedJournalIsSeen);
    CPPUNIT_TEST(everyFlippedByteOfAKilledJournalIsSeen);
    CPPUNIT_TEST(everyTruncatedLengthIsSeen);
    CPPUNIT_TEST(missingFileIsAGap);
    CPPUNIT_TEST(lossOfUnsyncedSectorsIsATornTailAndOfSyncedOnesDamage);
    CPPUNIT_TEST(frameInsideATextIsNoFrame);
    CPPUNIT_TEST(frameOfAnotherJournalIsNoFrame);
    CPPUNIT_TEST(recordsOfANewerVersionStopTheReading);
    CPPUNIT_TEST(openBeginsComeWithTheirLastProgress);
    CPPUNIT_TEST_SUITE_END();

    void checksumIsTheStandardOne()
    {
        // RFC 3720 B.4.
        CPPUNIT_ASSERT_EQUAL(0x8A9136AAu, crc32c(std::string(32, '\0')));
        CPPUNIT_ASSERT_EQUAL(0x62A8AB43u, crc32c(std::string(32, '\xFF')));
        CPPUNIT_ASSERT_EQUAL(0xE3069283u, crc32c("123456789"));
        std::string bytes;
        for (int i = 0; i < 300; ++i)
        {
            CPPUNIT_ASSERT_EQUAL(crc32cByTable(bytes), crc32c(bytes));
            CPPUNIT_ASSERT_EQUAL(crc32c(bytes), crc32c(bytes.substr(i / 2), crc32c(bytes.substr(0, i / 2))));
            bytes += static_cast<char>(i * 37);
        }
    }

    // Whatever was done to a file: what is read are the first records, each as it was; and if any is missing, it is said. Whether as damage.
    static bool checkReading(SimDisk& disk, const std::string& story)
    {
        const Contents contents = contentsOf(disk);
        uint64_t expected = 1;
        for (const Numbered& numbered : contents.records)
        {
            CPPUNIT_ASSERT_EQUAL_MESSAGE(story, expected, numbered.sequence);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(story, expected, idOf(numbered.record));
            ++expected;
        }
        CPPUNIT_ASSERT_EQUAL_MESSAGE(story, expected - 1, contents.recovery.last);
        if (contents.records.size() != kRecords)
            CPPUNIT_ASSERT_MESSAGE(story + ": silent", contents.recovery.damage || contents.recovery.torn);
        return contents.recovery.damage.has_value();
    }

    // How many flips were damage.
    static uint64_t flipAll(const SimDisk::Files& files, const std::vector<std::string>& names)
    {
        SimDisk disk(files);
        uint64_t damaged = 0;
        for (const std::string& name : names)
        {
            std::string& bytes = disk.bytes(name);
            for (size_t at = 0; at < bytes.size(); ++at)
            {
                const char was = bytes[at];
                bytes[at] ^= static_cast<char>(1 << at % 8);
                if (checkReading(disk, name + " at " + std::to_string(at))) ++damaged;
                bytes[at] = was;
            }
        }
        return damaged;
    }

    void everyFlippedByteOfAClosedJournalIsSeen()
    {
        const SimDisk::Files files = journalOf200(true);
        SimDisk disk(files);
        uint64_t used = 0;
        for (const SegmentInfo& segment : contentsOf(disk).recovery.segments)
            used += segment.bytes - kHeadBytes;
        // Every byte of every frame but those of the close mark; a head has two copies.
        CPPUNIT_ASSERT_EQUAL(used - kCloseMarkFrame, flipAll(files, segmentsIn(files)));
    }

    void everyFlippedByteOfAKilledJournalIsSeen()
    {
        // The other files are as those of a closed one.
        const SimDisk::Files files = journalOf200(false);
        CPPUNIT_ASSERT(flipAll(files, {segmentsIn(files).back()}) > 0);
    }

    void everyTruncatedLengthIsSeen()
    {
        for (bool close : {false, true})
        {
            const SimDisk::Files files = journalOf200(close);
            SimDisk disk(files);
            for (const std::string& name : close ? segmentsIn(files) : std::vector<std::string>{segmentsIn(files).back()})
            {
                const std::string whole = disk.bytes(name);
                for (size_t length = 0; length < whole.size(); ++length)
                {
                    disk.bytes(name).resize(length);
                    checkReading(disk, name + " cut to " + std::to_string(length));
                }
                disk.bytes(name) = whole;
            }
        }
    }

    void missingFileIsAGap()
    {
        const SimDisk::Files files = journalOf200(true);
        const std::vector<std::string> names = segmentsIn(files);
        CPPUNIT_ASSERT(names.size() >= 3);
        SimDisk::Files gap = files;
        gap.erase(names[1]);
        SimDisk disk(gap);
        const Contents contents = contentsOf(disk);
        CPPUNIT_ASSERT(contents.recovery.damage.has_value());
        CPPUNIT_ASSERT_EQUAL(names[0], contents.recovery.damage->file);
        CPPUNIT_ASSERT_EQUAL(contents.recovery.last + 1, contents.recovery.damage->firstLost);
        CPPUNIT_ASSERT_EQUAL(contents.records.size(), size_t{contents.recovery.last});
        CPPUNIT_ASSERT_EQUAL(std::string("request-200"), contents.recovery.damage->requestIds.back());

        SimDisk::Files shorter = files;
        shorter.erase(names[0]);
        SimDisk later(shorter);
        const Contents rest = contentsOf(later);
        CPPUNIT_ASSERT(!rest.recovery.damage);
        // The first file may have more than counts: its unsynced end is in the second file, too.
        CPPUNIT_ASSERT(rest.recovery.first > 1 && rest.recovery.first <= contents.recovery.last + 1);
        CPPUNIT_ASSERT_EQUAL(size_t{kRecords + 1 - rest.recovery.first}, rest.records.size());
    }

    // Sixteen records, ten of them synced; the rest written in two goes.
    static std::unique_ptr<SimDisk> partlySynced(std::vector<uint64_t>& offsets)
    {
        auto disk = std::make_unique<SimDisk>();
        StillClock clock;
        JournalFile::Place place;
        place.journalId = std::string(32, 'c');
        JournalFile file(*disk, clock, 65536, place);
        CPPUNIT_ASSERT(file.open().ok());
        for (uint64_t id = 1; id <= 16; ++id)
        {
            offsets.push_back(file.current().bytes);
            file.append(payloadOf(id));
            CPPUNIT_ASSERT(file.write().ok());
            if (id != 10) continue;
            const SyncJob job = file.startSync();
            CPPUNIT_ASSERT(file.finishSync(job, job.file->sync()).ok());
        }
        return disk;
    }

    void lossOfUnsyncedSectorsIsATornTailAndOfSyncedOnesDamage()
    {
        std::vector<uint64_t> offsets;
        auto disk = partlySynced(offsets);
        const std::string name = segmentName(1, 1);
        disk->bytes(name)[offsets[12] + 30] ^= 1; // record 13: never promised to survive a power loss
        Contents contents = contentsOf(*disk);
        CPPUNIT_ASSERT(!contents.recovery.damage);
        CPPUNIT_ASSERT(contents.recovery.torn.has_value());
        CPPUNIT_ASSERT_EQUAL(uint64_t{12}, contents.recovery.last);
        CPPUNIT_ASSERT_EQUAL(offsets[12], contents.recovery.torn->offset);
        CPPUNIT_ASSERT_EQUAL(uint64_t{3}, contents.recovery.torn->readable);
        CPPUNIT_ASSERT_EQUAL(std::string("request-14"), contents.recovery.torn->requestIds.front());
        CPPUNIT_ASSERT(keepAside(*disk, *contents.recovery.torn).ok());
        CPPUNIT_ASSERT_EQUAL(disk->bytes(name).substr(offsets[12], contents.recovery.torn->bytes),
                             disk->bytes("torn-" + name));

        disk->bytes(name)[offsets[9] + 30] ^= 1; // record 10: record 11 says that it was synced
        contents = contentsOf(*disk);
        CPPUNIT_ASSERT(!contents.recovery.torn);
        CPPUNIT_ASSERT(contents.recovery.damage.has_value());
        CPPUNIT_ASSERT_EQUAL(uint64_t{9}, contents.recovery.last);
        CPPUNIT_ASSERT_EQUAL(name, contents.recovery.damage->file);
        CPPUNIT_ASSERT_EQUAL(offsets[9], contents.recovery.damage->offset);
        CPPUNIT_ASSERT_EQUAL(uint64_t{10}, contents.recovery.damage->firstLost);
        CPPUNIT_ASSERT_EQUAL(uint64_t{5}, contents.recovery.damage->readable); // 11, 12, 14, 15, 16
    }

    // A journal of the given payloads, its last record broken: what is behind or inside must not be taken for records.
    static Contents withRubbishBehind(const std::string& rubbish, std::string_view lastText)
    {
        SimDisk disk;
        StillClock clock;
        JournalFile::Place place;
        place.journalId = std::string(32, 'c');
        JournalFile file(disk, clock, 65536, place);
        CPPUNIT_ASSERT(file.open().ok());
        file.append(payloadOf(1));
        CPPUNIT_ASSERT(file.write().ok());
        const uint64_t offset = file.current().bytes;
        SettleRecord settle;
        settle.facts.detail = lastText;
        std::string payload;
        encode(settle, payload);
        file.append(payload);
        CPPUNIT_ASSERT(file.write().ok());
        std::string& bytes = disk.bytes(segmentName(1, 1));
        bytes[offset + 4] ^= 1;
        bytes.replace(file.current().bytes, rubbish.size(), rubbish);
        return contentsOf(disk);
    }

    void frameInsideATextIsNoFrame()
    {
        std::string smuggled;
        // The best that somebody can do who knows the journal's id: a number of text bytes alone.
        const uint64_t texts = 0x2020202020202020;
        appendFrame(smuggled, frameSeed(std::string(32, 'c')), texts, texts - 1, 0x2020202020202020, std::string(64, ' '));
        const Contents contents = withRubbishBehind(smuggled, "");
        CPPUNIT_ASSERT(!contents.recovery.damage);
        CPPUNIT_ASSERT_EQUAL(uint64_t{0}, contents.recovery.torn->readable);
    }

    void frameOfAnotherJournalIsNoFrame()
    {
        std::string foreign;
        appendFrame(foreign, frameSeed(std::string(32, 'd')), 3, 2, 0, payloadOf(3));
        CPPUNIT_ASSERT(!withRubbishBehind(foreign, "").recovery.damage);
        std::string own;
        appendFrame(own, frameSeed(std::string(32, 'c')), 3, 2, 0, payloadOf(3));
        CPPUNIT_ASSERT(withRubbishBehind(own, "").recovery.damage.has_value()); // the same bytes under its own id do count
    }

    void recordsOfANewerVersionStopTheReading()
    {
        SimDisk disk;
        StillClock clock;
        JournalFile::Place place;
        place.journalId = std::string(32, 'c');
        JournalFile file(disk, clock, 65536, place);
        CPPUNIT_ASSERT(file.open().ok());
        file.append(payloadOf(1));
        std::string newer = payloadOf(2);
        newer[1] = 2;
        file.append(newer);
        file.append(payloadOf(3));
        CPPUNIT_ASSERT(file.close().ok());
        const Contents contents = contentsOf(disk);
        CPPUNIT_ASSERT_EQUAL(size_t{1}, contents.records.size());
        CPPUNIT_ASSERT(contents.recovery.damage.has_value());
        CPPUNIT_ASSERT_EQUAL(uint64_t{1}, contents.recovery.damage->readable);
    }

    void openBeginsComeWithTheirLastProgress()
    {
        SimDisk disk;
        StillClock clock;
        JournalFile::Place place;
        place.journalId = std::string(32, 'c');
        JournalFile file(disk, clock, 2048, place);
        CPPUNIT_ASSERT(file.open().ok());
        const auto append = [&](const Record& record)
        {
            std::string payload;
            encode(record, payload);
            file.append(payload);
            CPPUNIT_ASSERT(file.write().ok());
            clock.wall += 250;
        };
        const int64_t began = clock.wall;
        for (uint64_t ticket = 1; ticket <= 9; ++ticket)
            append(sampleBegin(ticket, ticket));
        append(ProgressRecord{{{1, 10}, {2, 20}, {3, 30}, {77, 1}}});
        append(sampleSettle(2, 2));
        append(ProgressRecord{{{1, 11}, {2, 21}}});
        append(sampleSettle(100)); // unary
        const Contents contents = contentsOf(disk);
        const std::vector<OpenRequest>& open = contents.recovery.open;
        CPPUNIT_ASSERT_EQUAL(size_t{8}, open.size());
        CPPUNIT_ASSERT_EQUAL(uint64_t{1}, open[0].begin.ticket);
        CPPUNIT_ASSERT_EQUAL(int64_t{11}, open[0].completionTokens);
        CPPUNIT_ASSERT_EQUAL(began + 11 * 250, open[0].lastSeenAt);
        CPPUNIT_ASSERT_EQUAL(uint64_t{3}, open[1].begin.ticket);
        CPPUNIT_ASSERT_EQUAL(int64_t{30}, open[1].completionTokens);
        CPPUNIT_ASSERT_EQUAL(int64_t{0}, open[2].completionTokens);
        CPPUNIT_ASSERT_EQUAL(0.075, open[2].begin.price[0]);
        CPPUNIT_ASSERT_EQUAL(uint64_t{9}, open[7].sequence);
        uint64_t counted = 0;
        for (const SegmentInfo& segment : contents.recovery.segments)
            counted += segment.openBegins;
        CPPUNIT_ASSERT(contents.recovery.segments.size() > 1);
        CPPUNIT_ASSERT_EQUAL(uint64_t{8}, counted);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(JournalDamageTest);

} // namespace
