#include "journal_driver.h"

#include <algorithm>
#include <cppunit/extensions/HelperMacros.h>
#include <optional>

using namespace switchyard;
using namespace switchyard::ledger;
using namespace switchyard::journal_test;

namespace
{

// Checks what a start finds: every record as it was, in order, once, and nothing missing that was promised. The ids it holds.
std::set<uint64_t> booked(SimDisk& disk, const std::set<uint64_t>& promised, const std::set<uint64_t>& possible,
                          const std::string& story)
{
    const Contents contents = contentsOf(disk);
    CPPUNIT_ASSERT_MESSAGE(story + ": " + (contents.recovery.damage ? contents.recovery.damage->what : ""),
                           !contents.recovery.damage);
    std::set<uint64_t> found;
    uint64_t expected = 1;
    for (const Numbered& numbered : contents.records)
    {
        CPPUNIT_ASSERT_EQUAL_MESSAGE(story, expected++, numbered.sequence);
        const uint64_t id = idOf(numbered.record);
        CPPUNIT_ASSERT_MESSAGE(story + ": a record has changed", id != 0);
        CPPUNIT_ASSERT_MESSAGE(story + ": a record from nowhere", possible.contains(id));
        CPPUNIT_ASSERT_MESSAGE(story + ": a record twice", found.insert(id).second);
    }
    for (uint64_t id : promised)
        CPPUNIT_ASSERT_MESSAGE(story + ": record " + std::to_string(id) + " is lost", found.contains(id));
    return found;
}

class JournalCrashTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(JournalCrashTest);
    CPPUNIT_TEST(quietLifeIsReadBack);
    CPPUNIT_TEST(everyCallFailsOnce);
    CPPUNIT_TEST(processDiesAroundEveryCall);
    CPPUNIT_TEST(diskStaysBrokenForAWhile);
    CPPUNIT_TEST_SUITE_END();

    StillClock clock_;

    // A process lives with one fault, ends, and another lives after it: what both were promised is there.
    void twoLives(uint64_t call, Fault fault, std::optional<uint64_t> powerLoss)
    {
        const std::string story = "call " + std::to_string(call) + ", fault " + std::to_string(static_cast<int>(fault)) +
                                  (powerLoss ? ", power loss " + std::to_string(*powerLoss) : ", kill");
        SimDisk disk({}, call);
        if (call != 0) disk.failAt(call, fault);
        Life first;
        try
        {
            first.live(disk, clock_);
        }
        catch (const Died&)
        {
        }
        CPPUNIT_ASSERT_EQUAL_MESSAGE(story, std::string(), disk.misuse());
        const std::set<uint64_t>& promised = powerLoss ? first.synced : first.written;
        SimDisk::Files files = powerLoss ? disk.afterPowerLoss(*powerLoss) : disk.afterKill();

        SimDisk restarted(files);
        const std::set<uint64_t> kept = booked(restarted, promised, first.appended, story);
        Life second;
        second.firstId = 1001;
        second.count = 20;
        second.live(restarted, clock_);
        CPPUNIT_ASSERT_MESSAGE(story, second.closed);
        CPPUNIT_ASSERT_EQUAL_MESSAGE(story, std::string(), restarted.misuse());
        std::set<uint64_t> all = kept;
        all.insert(second.appended.begin(), second.appended.end());
        SimDisk last(restarted.afterPowerLoss(7));
        CPPUNIT_ASSERT_EQUAL_MESSAGE(story, all.size(), booked(last, all, all, story).size());
    }

    uint64_t callsOfALife()
    {
        SimDisk disk;
        Life life;
        life.live(disk, clock_);
        CPPUNIT_ASSERT(life.closed);
        CPPUNIT_ASSERT_EQUAL(size_t{40}, life.synced.size());
        return disk.calls();
    }

    void quietLifeIsReadBack()
    {
        twoLives(0, Fault::none, std::nullopt);
        twoLives(0, Fault::none, 1);
        CPPUNIT_ASSERT(callsOfALife() > 30);
    }

    void everyCallFailsOnce()
    {
        const uint64_t calls = callsOfALife();
        for (uint64_t call = 1; call <= calls; ++call)
            for (Fault fault : {Fault::error, Fault::full, Fault::shortWrite})
            {
                twoLives(call, fault, std::nullopt);
                for (uint64_t seed = 1; seed <= 4; ++seed)
                    twoLives(call, fault, seed);
            }
    }

    void processDiesAroundEveryCall()
    {
        const uint64_t calls = callsOfALife();
        for (uint64_t call = 1; call <= calls; ++call)
            for (Fault fault : {Fault::dieBefore, Fault::dieHalfway, Fault::dieAfter})
            {
                twoLives(call, fault, std::nullopt);
                for (uint64_t seed = 1; seed <= 8; ++seed)
                    twoLives(call, fault, seed);
            }
    }

    void diskStaysBrokenForAWhile()
    {
        SimDisk disk;
        JournalFile::Place place;
        place.journalId = std::string(32, 'b');
        JournalFile file(disk, clock_, 4096, place);
        CPPUNIT_ASSERT(file.open().ok());
        disk.failAll(Fault::error);
        std::set<uint64_t> all;
        for (uint64_t id = 1; id <= 100; ++id)
        {
            file.append(payloadOf(id));
            all.insert(id);
            CPPUNIT_ASSERT(!file.write().ok());
        }
        CPPUNIT_ASSERT_EQUAL(uint64_t{0}, file.lastWritten());
        CPPUNIT_ASSERT_EQUAL(uint64_t{0}, file.room());
        CPPUNIT_ASSERT_EQUAL(EIO, file.lastFailure().number);
        disk.failAll(Fault::none);
        CPPUNIT_ASSERT(file.write().ok());
        CPPUNIT_ASSERT_EQUAL(uint64_t{100}, file.lastWritten());
        CPPUNIT_ASSERT_EQUAL(uint64_t{100}, file.lastSynced());
        SimDisk restarted(disk.afterPowerLoss(1));
        booked(restarted, all, all, "broken");
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(JournalCrashTest);

} // namespace
