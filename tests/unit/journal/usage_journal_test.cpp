#include "journal_driver.h"
#include "ledger/journal/disk_posix.h"
#include "ledger/journal/usage_journal.h"
#include "sample_records.h"

#include <condition_variable>
#include <cppunit/extensions/HelperMacros.h>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <thread>

using namespace switchyard;
using namespace switchyard::ledger;
using namespace switchyard::journal_test;
using namespace std::chrono_literals;

namespace
{

constexpr auto kLong = 30s;

/// A batch whose `done` can be waited for.
class WaitedBatch
{
public:
    WaitedBatch() : batch(&WaitedBatch::told, this) {}

    Batch batch;

    void add(uint64_t id, uint32_t room = 0)
    {
        SettleRecord settle = sampleSettle(id);
        settle.facts.requestId = std::to_string(id);
        batch.add(settle, room);
    }
    /// Nothing: not told in time.
    std::optional<bool> wait(std::chrono::milliseconds within = kLong)
    {
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, within, [&] { return safe_.has_value(); });
        return std::exchange(safe_, std::nullopt);
    }
    bool isTold()
    {
        const std::lock_guard lock(mutex_);
        return safe_.has_value();
    }

private:
    static void told(Batch&, void* context, bool safe) noexcept
    {
        auto& self = *static_cast<WaitedBatch*>(context);
        const std::lock_guard lock(self.mutex_); // notified under it: the waiter may destroy this
        self.safe_ = safe;
        self.changed_.notify_one();
    }
    std::mutex mutex_;
    std::condition_variable changed_;
    std::optional<bool> safe_;
};

bool becomes(const std::function<bool()>& condition)
{
    const auto until = std::chrono::steady_clock::now() + kLong;
    while (!condition())
    {
        if (std::chrono::steady_clock::now() > until) return false;
        std::this_thread::yield();
    }
    return true;
}

/// A journal on a disk in memory.
struct House
{
    explicit House(SimDisk::Files files = {}, JournalSettings with = {}, uint64_t position = 0) : disk(std::move(files))
    {
        if (with.segmentBytes == JournalSettings().segmentBytes) with.segmentBytes = 256 * 1024;
        auto recovery = readJournal(disk);
        CPPUNIT_ASSERT(recovery.ok());
        journal.emplace(disk, clock, with, std::move(*recovery));
        const auto started = journal->start(position);
        CPPUNIT_ASSERT_MESSAGE(started ? "" : started.error().what, started.ok());
    }
    /// One settlement, waited for.
    void settle(uint64_t id)
    {
        WaitedBatch one;
        one.add(id);
        journal->hand(one.batch);
        CPPUNIT_ASSERT(one.wait() == true);
    }

    SimDisk disk;
    SystemClock clock;
    std::optional<UsageJournal> journal;
};

uint64_t numberIn(const Numbered& numbered)
{
    return std::stoull(std::get<SettleRecord>(numbered.record).facts.requestId);
}

class UsageJournalTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(UsageJournalTest);
    CPPUNIT_TEST(recordsOfFourThreadsAreWrittenOnceAndInTheirOrder);
    CPPUNIT_TEST(doneComesOnlyWhenItIsWritten);
    CPPUNIT_TEST(syncedModeWaitsForTheSync);
    CPPUNIT_TEST(failedSyncLosesNothing);
    CPPUNIT_TEST(roomIsRefusedWhenTheDiskIsFullAndRunningRequestsSettle);
    CPPUNIT_TEST(progressGivesWayToSettlements);
    CPPUNIT_TEST(lagBeyondTheBoundRefusesUntilApplied);
    CPPUNIT_TEST(appliedSegmentsGoButNotThoseWithOpenStreams);
    CPPUNIT_TEST(writerThatLagsReadsTheFiles);
    CPPUNIT_TEST(damagedJournalRefusesButIsReadable);
    CPPUNIT_TEST(databaseAheadOfTheJournalIsNotGivenItsNumbersAgain);
    CPPUNIT_TEST(emptyStartsLeaveNoFiles);
    CPPUNIT_TEST(ticketsNeverMeet);
    CPPUNIT_TEST(stopGivesUpWhatABrokenDiskDoesNotTake);
    CPPUNIT_TEST(realDirectoryIsLockedAndReadBack);
    CPPUNIT_TEST_SUITE_END();

    void recordsOfFourThreadsAreWrittenOnceAndInTheirOrder()
    {
        constexpr uint64_t kThreads = 4;
        constexpr uint64_t kEach = 5000;
        House house;
        std::vector<uint64_t> read;
        std::thread writer(
            [&]
            {
                uint64_t after = 0;
                while (read.size() < kThreads * kEach)
                {
                    const auto records = house.journal->next(after, 100, kLong);
                    if (!records || records->empty()) return;
                    for (const Numbered& numbered : *records)
                        read.push_back(numberIn(numbered));
                    after = records->back().sequence;
                    house.journal->applied(after);
                }
            });
        std::vector<std::thread> loops;
        std::atomic<uint64_t> told{0};
        for (uint64_t thread = 0; thread < kThreads; ++thread)
            loops.emplace_back(
                [&, thread]
                {
                    std::array<WaitedBatch, 3> batches; // one being filled, others on their way
                    for (uint64_t i = 0, at = 0; i < kEach; ++at)
                    {
                        WaitedBatch& one = batches[at % batches.size()];
                        if (!one.batch.empty() && one.wait() != true) return;
                        one.batch.clear();
                        for (uint64_t records = 1 + at % 5; records > 0 && i < kEach; --records)
                            one.add(thread * kEach + i++);
                        told += one.batch.count();
                        house.journal->hand(one.batch);
                    }
                    for (WaitedBatch& one : batches)
                        if (one.wait() != true) told = 0;
                });
        for (std::thread& loop : loops)
            loop.join();
        writer.join();
        CPPUNIT_ASSERT_EQUAL(kThreads * kEach, told.load());
        CPPUNIT_ASSERT(house.journal->stop(kLong));
        CPPUNIT_ASSERT_EQUAL(size_t{kThreads * kEach}, read.size());
        std::array<uint64_t, kThreads> next{};
        for (uint64_t id : read)
            CPPUNIT_ASSERT_EQUAL(next[id / kEach]++, id % kEach);
        const Contents contents = contentsOf(house.disk);
        CPPUNIT_ASSERT(!contents.recovery.damage && !contents.recovery.torn);
        CPPUNIT_ASSERT_EQUAL(uint64_t{kThreads * kEach}, contents.recovery.last);
        CPPUNIT_ASSERT(contents.recovery.segments.size() > 3);
        for (size_t i = 0; i < read.size(); ++i)
            CPPUNIT_ASSERT_EQUAL(read[i], numberIn(contents.records[i]));
    }

    void doneComesOnlyWhenItIsWritten()
    {
        House house;
        house.settle(1);
        house.disk.failAll(Fault::error);
        WaitedBatch one;
        one.add(2);
        house.journal->hand(one.batch);
        CPPUNIT_ASSERT(becomes([&] { return !house.journal->health().trouble.empty(); }));
        CPPUNIT_ASSERT(!one.isTold());
        CPPUNIT_ASSERT(!house.journal->room().reserve(1));
        CPPUNIT_ASSERT(!house.journal->health().accepting);
        house.disk.failAll(Fault::none);
        CPPUNIT_ASSERT(one.wait() == true);
        CPPUNIT_ASSERT(becomes([&] { return house.journal->health().accepting; }));
        CPPUNIT_ASSERT(house.journal->stop(kLong));
        SimDisk after(house.disk.afterPowerLoss(1));
        CPPUNIT_ASSERT_EQUAL(uint64_t{2}, contentsOf(after).recovery.last);
    }

    void syncedModeWaitsForTheSync()
    {
        JournalSettings settings;
        settings.acknowledgeSynced = true;
        House house({}, settings);
        for (uint64_t id = 1; id <= 20; ++id)
        {
            house.settle(id);
            SimDisk after(house.disk.afterPowerLoss(id));
            CPPUNIT_ASSERT(contentsOf(after).recovery.last >= id);
        }
    }

    void failedSyncLosesNothing()
    {
        House house;
        for (uint64_t id = 1; id <= 50; ++id)
        {
            if (id % 10 == 5) house.disk.failAt(2, Fault::error); // behind the write: mostly a sync
            house.settle(id);
            CPPUNIT_ASSERT(becomes([&] { return house.journal->health().lastSynced == id; }));
        }
        CPPUNIT_ASSERT(house.journal->health().failures > 0);
        CPPUNIT_ASSERT(house.journal->stop(kLong));
        CPPUNIT_ASSERT_EQUAL(std::string(), house.disk.misuse());
        SimDisk after(house.disk.afterPowerLoss(1));
        CPPUNIT_ASSERT_EQUAL(uint64_t{50}, contentsOf(after).recovery.last);
    }

    void roomIsRefusedWhenTheDiskIsFullAndRunningRequestsSettle()
    {
        House house;
        JournalRoom& room = house.journal->room();
        house.disk.failAll(Fault::full);
        uint64_t admitted = 0;
        while (room.reserve(kUnaryRoom))
            CPPUNIT_ASSERT(++admitted < 10'000);
        CPPUNIT_ASSERT(admitted > 20);
        CPPUNIT_ASSERT(becomes([&] { return !house.journal->health().accepting; }));
        // All of them settle into what they have reserved, the longest records that it was meant for.
        for (uint64_t id = 1; id <= admitted; ++id)
        {
            WaitedBatch one;
            SettleRecord settle = sampleSettle(id);
            settle.facts.detail = std::string(3500, 'd');
            one.batch.add(settle, kUnaryRoom);
            house.journal->hand(one.batch);
            CPPUNIT_ASSERT(one.wait() == true);
        }
        CPPUNIT_ASSERT_EQUAL(uint64_t{0}, room.reserved());
        CPPUNIT_ASSERT_EQUAL(uint64_t{0}, house.journal->health().failures);
        house.disk.failAll(Fault::none);
        CPPUNIT_ASSERT(becomes([&] { return house.journal->health().room > 256 * 1024; })); // a spare again
        CPPUNIT_ASSERT(room.reserve(kUnaryRoom));
    }

    void progressGivesWayToSettlements()
    {
        House house;
        house.disk.failAll(Fault::full);
        while (house.journal->room().reserve(kUnaryRoom))
        {
        }
        ProgressRecord progress;
        for (uint64_t ticket = 1; ticket <= kMostStreams + 10; ++ticket)
            progress.streams.push_back({ticket * 1000, 7});
        WaitedBatch one;
        one.batch.add(progress);
        CPPUNIT_ASSERT_EQUAL(size_t{2}, one.batch.count()); // in parts
        one.add(1);
        house.journal->hand(one.batch);
        CPPUNIT_ASSERT(one.wait() == true);
        CPPUNIT_ASSERT(becomes([&] { return house.journal->health().droppedProgress > 0; }));
        house.disk.failAll(Fault::none);
    }

    void lagBeyondTheBoundRefusesUntilApplied()
    {
        JournalSettings settings;
        settings.mostLagBytes = 100'000;
        House house({}, settings);
        uint64_t id = 0;
        while (house.journal->health().accepting)
        {
            house.settle(++id);
            CPPUNIT_ASSERT(id < 5000);
        }
        CPPUNIT_ASSERT(becomes([&] { return house.journal->health().lagging && !house.journal->room().reserve(1); }));
        CPPUNIT_ASSERT(becomes([&] { return house.journal->health().lagRecords == id; }));
        house.settle(++id); // what runs goes on
        CPPUNIT_ASSERT(becomes([&] { return house.journal->health().lastSynced == id; }));
        house.journal->applied(id);
        CPPUNIT_ASSERT(becomes([&] { return house.journal->health().accepting; }));
        CPPUNIT_ASSERT_EQUAL(uint64_t{0}, house.journal->health().lagBytes);
    }

    void appliedSegmentsGoButNotThoseWithOpenStreams()
    {
        const auto filled = [](bool openStream)
        {
            JournalSettings settings;
            settings.keepBytes = 0;
            settings.segmentBytes = 32 * 1024;
            auto house = std::make_unique<House>(SimDisk::Files(), settings);
            if (openStream)
            {
                WaitedBatch one;
                one.batch.add(sampleBegin(1, house->journal->newTicket()));
                house->journal->hand(one.batch);
                CPPUNIT_ASSERT(one.wait() == true);
            }
            for (uint64_t id = 1; id <= 400; ++id)
                house->settle(id);
            CPPUNIT_ASSERT(becomes([&] { return house->journal->health().lastSynced == house->journal->health().lastWritten; }));
            house->journal->applied(house->journal->health().lastWritten);
            CPPUNIT_ASSERT(house->journal->stop(kLong));
            return house;
        };
        // The next start looks at once. What is not applied stays, whatever its size.
        const auto firstAfter = [](House& before, uint64_t applied)
        {
            JournalSettings settings;
            settings.keepBytes = 0;
            settings.segmentBytes = 32 * 1024;
            SimDisk disk(before.disk.afterKill());
            SystemClock clock;
            UsageJournal journal(disk, clock, settings, *readJournal(disk));
            journal.applied(applied);
            CPPUNIT_ASSERT(journal.start(applied).ok());
            // While its thread removes files, one may go between being listed and being read: then look again.
            const auto first = [&]
            {
                const auto found = readJournal(disk);
                return found ? found->first : uint64_t{0};
            };
            if (applied == 0)
                CPPUNIT_ASSERT(becomes([&] { return journal.health().room > 0; }));
            else
                becomes([&] { return first() > 1 || !journal.recovery().open.empty(); });
            CPPUNIT_ASSERT(journal.stop(kLong));
            return first();
        };
        const auto house = filled(false);
        CPPUNIT_ASSERT_EQUAL(uint64_t{1}, firstAfter(*house, 0));
        CPPUNIT_ASSERT(firstAfter(*house, 400) > 300);
        const auto withStream = filled(true);
        CPPUNIT_ASSERT_EQUAL(uint64_t{1}, firstAfter(*withStream, 401));
    }

    void writerThatLagsReadsTheFiles()
    {
        House house;
        // More than is kept in memory: 8 MiB.
        constexpr uint64_t kBatches = 300;
        constexpr uint64_t kRecords = 100;
        for (uint64_t i = 0; i < kBatches; ++i)
        {
            WaitedBatch one;
            for (uint64_t record = 1; record <= kRecords; ++record)
                one.add(i * kRecords + record);
            house.journal->hand(one.batch);
            CPPUNIT_ASSERT(one.wait() == true);
        }
        uint64_t after = 0;
        while (after < kBatches * kRecords)
        {
            const auto records = house.journal->next(after, 777, kLong);
            CPPUNIT_ASSERT(records.ok() && !records->empty());
            for (const Numbered& numbered : *records)
            {
                CPPUNIT_ASSERT_EQUAL(++after, numbered.sequence);
                CPPUNIT_ASSERT_EQUAL(after, numberIn(numbered));
            }
        }
        CPPUNIT_ASSERT(house.journal->next(after, 10, 0ms)->empty());
        // Back again, as a log database of its own pace may ask.
        CPPUNIT_ASSERT_EQUAL(uint64_t{124}, house.journal->next(123, 1, kLong)->front().sequence);
    }

    SimDisk::Files fiveSettlements()
    {
        House house;
        for (uint64_t id = 1; id <= 5; ++id)
            house.settle(id);
        CPPUNIT_ASSERT(house.journal->stop(kLong));
        return house.disk.afterKill();
    }

    void damagedJournalRefusesButIsReadable()
    {
        SimDisk disk(fiveSettlements());
        const Contents contents = contentsOf(disk);
        disk.bytes(contents.recovery.segments[0].name)[contents.recovery.segments[0].bytes - 100] ^= 1;
        House house(disk.afterKill());
        CPPUNIT_ASSERT(house.journal->recovery().damage.has_value());
        CPPUNIT_ASSERT(!house.journal->health().accepting);
        CPPUNIT_ASSERT(house.journal->health().trouble.find("damaged") != std::string::npos);
        CPPUNIT_ASSERT(!house.journal->room().reserve(1));
        CPPUNIT_ASSERT_EQUAL(size_t{4}, house.journal->next(0, 10, 0ms)->size());
        CPPUNIT_ASSERT(house.journal->next(4, 10, 0ms)->empty());
    }

    void databaseAheadOfTheJournalIsNotGivenItsNumbersAgain()
    {
        House house(fiveSettlements(), {}, 50);
        house.settle(51);
        const auto records = house.journal->next(50, 10, kLong);
        CPPUNIT_ASSERT_EQUAL(uint64_t{51}, records->at(0).sequence);
        CPPUNIT_ASSERT_EQUAL(size_t{6}, house.journal->next(0, 100, kLong)->size());
        CPPUNIT_ASSERT(house.journal->stop(kLong));
        House again(house.disk.afterKill(), {}, 51);
        CPPUNIT_ASSERT(!again.journal->recovery().damage);
        again.settle(52);
        CPPUNIT_ASSERT(again.journal->stop(kLong));
        CPPUNIT_ASSERT_EQUAL(uint64_t{52}, contentsOf(again.disk).recovery.last);
    }

    void emptyStartsLeaveNoFiles()
    {
        SimDisk::Files files = fiveSettlements();
        for (int start = 0; start < 5; ++start)
        {
            House house(files);
            CPPUNIT_ASSERT(house.journal->stop(kLong));
            files = house.disk.afterKill();
        }
        SimDisk disk(files);
        const Contents contents = contentsOf(disk);
        CPPUNIT_ASSERT_EQUAL(size_t{2}, contents.recovery.segments.size());
        CPPUNIT_ASSERT_EQUAL(size_t{5}, contents.records.size());
    }

    void ticketsNeverMeet()
    {
        House house;
        const uint64_t first = house.journal->newTicket();
        CPPUNIT_ASSERT_EQUAL(first + 1, house.journal->newTicket());
        CPPUNIT_ASSERT(house.journal->stop(kLong));
        House again(house.disk.afterKill());
        CPPUNIT_ASSERT(again.journal->newTicket() > first + 1'000'000'000);
        CPPUNIT_ASSERT_EQUAL(house.journal->id(), again.journal->id());
    }

    void stopGivesUpWhatABrokenDiskDoesNotTake()
    {
        House house;
        house.settle(1);
        house.disk.failAll(Fault::error);
        WaitedBatch one;
        one.add(2);
        house.journal->hand(one.batch);
        CPPUNIT_ASSERT(!house.journal->stop(50ms));
        CPPUNIT_ASSERT(one.wait() == false);
        WaitedBatch late;
        late.add(3);
        house.journal->hand(late.batch);
        CPPUNIT_ASSERT(late.wait() == false);
    }

    void realDirectoryIsLockedAndReadBack()
    {
        const char* folder = std::getenv("TMPDIR");
        std::string path = std::string(folder != nullptr ? folder : "/tmp") + "/unit_journal_XXXXXX";
        CPPUNIT_ASSERT(::mkdtemp(path.data()) != nullptr);
        {
            SystemClock clock;
            JournalSettings settings;
            settings.segmentBytes = 1024 * 1024;
            auto disk = PosixDisk::at(path + "/a/journal", true);
            CPPUNIT_ASSERT_MESSAGE(disk ? "" : disk.error().what, disk.ok());
            UsageJournal journal(**disk, clock, settings, *readJournal(**disk));
            CPPUNIT_ASSERT(journal.start(0).ok());
            auto other = PosixDisk::at(path + "/a/journal", false);
            CPPUNIT_ASSERT(!(*other)->lock().ok());
            WaitedBatch one;
            for (uint64_t id = 1; id <= 10'000; ++id)
            {
                one.add(id);
                if (id % 50 != 0) continue;
                journal.hand(one.batch);
                CPPUNIT_ASSERT(one.wait() == true);
                one.batch.clear();
            }
            CPPUNIT_ASSERT(journal.stop(kLong));
            const Contents contents = contentsOf(**other);
            CPPUNIT_ASSERT(!contents.recovery.damage && !contents.recovery.torn);
            CPPUNIT_ASSERT_EQUAL(size_t{10'000}, contents.records.size());
            CPPUNIT_ASSERT(contents.recovery.segments.size() > 1);
            CPPUNIT_ASSERT(!(*other)->open("none", false).ok());
            CPPUNIT_ASSERT(!(*other)->create(contents.recovery.segments[0].name).ok());
        }
        std::filesystem::remove_all(path);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(UsageJournalTest);

} // namespace
