#include "journal_driver.h"
#include "ledger/journal/journal_repair.h"
#include "ledger/journal/journal_tool.h"

#include <algorithm>
#include <cppunit/extensions/HelperMacros.h>
#include <functional>
#include <sstream>

using namespace switchyard;
using namespace switchyard::ledger;
using namespace switchyard::journal_test;

namespace
{

class JournalRepairTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(JournalRepairTest);
    CPPUNIT_TEST(verifySaysCleanOrWhereAndWhose);
    CPPUNIT_TEST(dumpIsOneLineOfJsonARecord);
    CPPUNIT_TEST(damageAnywhereIsRepairedAndTheRestCounts);
    CPPUNIT_TEST(repairThatDiesLeavesTheJournalDamagedOrRepaired);
    CPPUNIT_TEST(repairedJournalGoesOn);
    CPPUNIT_TEST_SUITE_END();

    StillClock clock_;

    SimDisk::Files journal(bool close = true)
    {
        SimDisk disk;
        Life life;
        life.count = 120;
        life.close = close;
        life.live(disk, clock_);
        CPPUNIT_ASSERT_EQUAL(size_t{120}, life.written.size());
        return disk.afterKill();
    }

    static std::vector<std::string> segments(const SimDisk::Files& files)
    {
        std::vector<std::string> names;
        for (const auto& [name, file] : files)
            if (parsedSegmentName(name)) names.push_back(name);
        CPPUNIT_ASSERT(names.size() >= 3);
        return names;
    }

    void verifySaysCleanOrWhereAndWhose()
    {
        const SimDisk::Files files = journal();
        SimDisk disk(files);
        std::ostringstream said;
        CPPUNIT_ASSERT(*verifyJournal(disk, said));
        CPPUNIT_ASSERT(said.str().ends_with("clean\n"));

        const std::string last = segments(files).back();
        disk.bytes(last)[kHeadBytes + 40] ^= 1;
        std::ostringstream damaged;
        CPPUNIT_ASSERT(!*verifyJournal(disk, damaged));
        CPPUNIT_ASSERT(damaged.str().find(last + " at " + std::to_string(kHeadBytes)) != std::string::npos);
        CPPUNIT_ASSERT(damaged.str().find("\n  request-120\n") != std::string::npos);

        SimDisk none;
        std::ostringstream empty;
        CPPUNIT_ASSERT(*verifyJournal(none, empty));
    }

    void dumpIsOneLineOfJsonARecord()
    {
        SimDisk disk(journal());
        std::ostringstream out;
        CPPUNIT_ASSERT(dumpJournal(disk, out).ok());
        const std::string text = out.str();
        CPPUNIT_ASSERT_EQUAL(ptrdiff_t{120}, std::count(text.begin(), text.end(), '\n'));
        CPPUNIT_ASSERT_EQUAL(
            std::string(R"({"sequence":1,"written_at":1795599000000,"type":"settle","ticket":0,"user_id":1,"token_id":0,)"
                        R"("token_limited":false,"channel_id":1,"request_id":"request-1","username":"","token_name":"",)"
                        R"("model":"","upstream_id":"","finish":"","detail":"","created_at":0,"elapsed_ms":0,)"
                        R"("stream":false,"system_prompt_reset":false,"quota":4,"unpaid":0,"held":0,"prompt_tokens":1,)"
                        R"("completion_tokens":0,"cached_tokens":0,"reasoning_tokens":0,"branch":"usage","usage_source":""})"),
            text.substr(0, text.find('\n')));
    }

    // What remains is in order, each record as it was; returns how many are gone.
    static uint64_t checkRepaired(SimDisk& disk, uint64_t count)
    {
        const Contents contents = contentsOf(disk);
        CPPUNIT_ASSERT_MESSAGE(contents.recovery.damage ? contents.recovery.damage->what : "", !contents.recovery.damage);
        CPPUNIT_ASSERT(!contents.recovery.torn);
        uint64_t before = 0;
        for (const Numbered& numbered : contents.records)
        {
            CPPUNIT_ASSERT(numbered.sequence > before);
            CPPUNIT_ASSERT_EQUAL(numbered.sequence, idOf(numbered.record));
            before = numbered.sequence;
        }
        return count - contents.records.size();
    }

    void damageAnywhereIsRepairedAndTheRestCounts()
    {
        const SimDisk::Files files = journal();
        const std::vector<std::string> names = segments(files);
        const auto repairedAfter = [&](const std::function<void(SimDisk&)>& damage)
        {
            SimDisk disk(files);
            damage(disk);
            CPPUNIT_ASSERT(contentsOf(disk).recovery.damage.has_value());
            const auto repaired = repairJournal(disk);
            CPPUNIT_ASSERT_MESSAGE(repaired ? "" : repaired.error().what, repaired.ok());
            CPPUNIT_ASSERT(!repaired->empty());
            const std::string kept = repaired->front().keptAs;
            CPPUNIT_ASSERT(!disk.bytes(kept).empty());
            const uint64_t gone = checkRepaired(disk, 120);
            uint64_t said = 0;
            for (const RepairedFile& file : *repaired)
                said += file.lost;
            CPPUNIT_ASSERT_EQUAL(gone, said);
            return gone;
        };
        for (const std::string& name : names)
        {
            CPPUNIT_ASSERT_EQUAL(uint64_t{1}, repairedAfter([&](SimDisk& disk) { disk.bytes(name)[kHeadBytes + 50] ^= 4; }));
            const std::string whole = files.at(name)->now;
            // All of its head: where its records are is in its name.
            CPPUNIT_ASSERT_EQUAL(uint64_t{0}, repairedAfter([&](SimDisk& disk)
                                                            { disk.bytes(name).replace(0, kHeadBytes, kHeadBytes, '\0'); }));
            CPPUNIT_ASSERT(repairedAfter([&](SimDisk& disk) { disk.bytes(name).replace(700, 600, 600, 'x'); }) > 3);
        }
        // The last one cut short: what was behind cannot be counted, so nothing is said of it.
        SimDisk cut(files);
        cut.bytes(names.back()).resize(kHeadBytes + 200);
        CPPUNIT_ASSERT(repairJournal(cut).ok());
        CPPUNIT_ASSERT(checkRepaired(cut, 120) > 0);
        // A file in the middle is gone.
        SimDisk::Files gap = files;
        gap.erase(names[1]);
        SimDisk without(gap);
        const auto repaired = repairJournal(without);
        CPPUNIT_ASSERT(repaired.ok());
        CPPUNIT_ASSERT_EQUAL(repaired->front().lost, checkRepaired(without, 120));
    }

    void repairThatDiesLeavesTheJournalDamagedOrRepaired()
    {
        SimDisk::Files files = journal();
        const std::string name = segments(files)[1];
        files.at(name)->now[kHeadBytes + 50] ^= 4;
        files.at(name)->durable = files.at(name)->now;
        files.at(name)->unsynced.clear();
        SimDisk counting(files);
        CPPUNIT_ASSERT(repairJournal(counting).ok());
        for (uint64_t call = 1; call <= counting.calls(); ++call)
            for (Fault fault : {Fault::error, Fault::full, Fault::shortWrite, Fault::dieBefore, Fault::dieHalfway, Fault::dieAfter})
            {
                SimDisk disk(files, call);
                disk.failAt(call, fault);
                try
                {
                    static_cast<void>(repairJournal(disk).ok());
                }
                catch (const Died&)
                {
                }
                for (uint64_t seed = 0; seed < 3; ++seed)
                {
                    SimDisk next(seed == 0 ? disk.afterKill() : disk.afterPowerLoss(seed));
                    CPPUNIT_ASSERT(repairJournal(next).ok());
                    CPPUNIT_ASSERT_EQUAL(uint64_t{1}, checkRepaired(next, 120));
                }
            }
    }

    void repairedJournalGoesOn()
    {
        SimDisk disk(journal());
        std::vector<std::string> names = segments(disk.afterKill());
        disk.bytes(names.back())[kHeadBytes + 50] ^= 4;
        CPPUNIT_ASSERT(repairJournal(disk).ok());
        Life second;
        second.firstId = 121;
        second.count = 30;
        second.live(disk, clock_);
        CPPUNIT_ASSERT(second.closed);
        CPPUNIT_ASSERT_EQUAL(uint64_t{1}, checkRepaired(disk, 150));
        CPPUNIT_ASSERT(repairJournal(disk)->empty());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(JournalRepairTest);

} // namespace
