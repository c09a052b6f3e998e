// The writer's thread, with real threads around it.
#include "writer_fixture.h"

#include "ledger/writer/journal_port.h"
#include "ledger/writer/ledger_service.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"

#include <atomic>
#include <condition_variable>
#include <cppunit/extensions/HelperMacros.h>
#include <functional>
#include <mutex>
#include <thread>

using namespace writer_fixture;
using namespace std::chrono_literals;
using ledger_model::Fate;
using switchyard::Done;
using switchyard::Result;

namespace
{

switchyard::telemetry::Logger& quiet()
{
    static switchyard::telemetry::Logger log([] {
        switchyard::telemetry::LogSettings settings;
        settings.console = switchyard::telemetry::Console::none;
        return settings;
    }());
    return log;
}

/// A journal in memory that any thread may append to.
class MemoryPort final : public JournalPort, private RecordSource
{
public:
    std::string id() const override { return "j"; }
    const Recovery& recovery() const override { return found; }
    Result<Done, DiskError> open(uint64_t) override { return Done{}; }
    RecordSource& records() override { return *this; }
    uint64_t lastWritten() const override
    {
        const std::lock_guard lock(mutex_);
        return all_.size();
    }
    void applied(uint64_t sequence) override { appliedTo = sequence; }
    bool append(const std::vector<SettleRecord>& settles) override
    {
        for (const SettleRecord& settle : settles)
            write(settle);
        return true;
    }
    void write(Record record)
    {
        const std::lock_guard lock(mutex_);
        all_.push_back({all_.size() + 1, kNow, std::move(record)});
        more_.notify_all();
    }
    Result<std::vector<Numbered>, DiskError> next(uint64_t after, size_t most, std::chrono::milliseconds wait) override
    {
        std::unique_lock lock(mutex_);
        more_.wait_for(lock, wait, [&] { return all_.size() > after; });
        std::vector<Numbered> out;
        for (size_t i = after; i < all_.size() && out.size() < most; ++i)
            out.push_back(all_[i]);
        return out;
    }

    Recovery found;
    std::atomic<uint64_t> appliedTo{0};

private:
    mutable std::mutex mutex_;
    std::condition_variable more_;
    std::vector<Numbered> all_;
};

/// Waits for what another thread does; a minute is never reached but by a fault.
bool eventually(const std::function<bool()>& condition)
{
    const auto end = std::chrono::steady_clock::now() + 60s;
    while (!condition())
    {
        if (std::chrono::steady_clock::now() > end) return false;
        std::this_thread::yield();
    }
    return true;
}

} // namespace

class LedgerServiceTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(LedgerServiceTest);
    CPPUNIT_TEST(settlementsJobsAndLooksFromManyThreads);
    CPPUNIT_TEST(aDatabaseThatIsAwayDelaysAndLosesNothing);
    CPPUNIT_TEST(aJobIsGivenUpWhenItsTimeIsUp);
    CPPUNIT_TEST(aJournalThatLostItsEndIsRefused);
    CPPUNIT_TEST(aStartSettlesWhatWasCutOff);
    CPPUNIT_TEST_SUITE_END();

    SimDatabase database_ = usual();
    SimBooks books_{database_};
    MemoryPort journal_;
    switchyard::telemetry::Metrics metrics_;
    LedgerSettings settings_;
    std::atomic<bool> away_{false};

    std::unique_ptr<LedgerService> service()
    {
        books_.setOracle([this](const char* call) { return away_ && std::string_view(call) == "begin" ? Fate::isLost : Fate::goesWell; });
        settings_.pace = settings_.leastPause = 1ms;
        settings_.mostPause = 2ms;
        settings_.lookEvery = 5ms;
        auto made = std::make_unique<LedgerService>(books_, journal_, quiet(), metrics_, settings_);
        made->start();
        return made;
    }
    static SettleRecord charge(int64_t quota) { return std::get<SettleRecord>(settle(0, quota).record); }
    int64_t balance() { return database_.accounts.at({AccountKind::user, kUser}).balance; } // after stop()

public:
    void settlementsJobsAndLooksFromManyThreads()
    {
        database_.accounts.at({AccountKind::user, kUser}).balance = 1'000'000;
        database_.accounts.at({AccountKind::token, kToken}).balance = 1'000'000;
        auto ledger = service();
        CPPUNIT_ASSERT(eventually([&] { return ledger->accounts() != nullptr; }));
        const AccountPtr user = ledger->accounts()->user(kUser), token = ledger->accounts()->token(kToken);
        constexpr int kThreads = 4, kEach = 500;
        std::atomic<int> done{0}, looked{0};
        std::vector<std::thread> threads;
        for (int t = 0; t < kThreads; ++t)
            threads.emplace_back([&, t] {
                for (int i = 0; i < kEach; ++i)
                {
                    Hold hold = Hold::take(user, token, 9);
                    journal_.write(charge(hold.settle(7).quota));
                    if (i % 50 != t) continue;
                    done += ledger->run(topUp(1), 60s).outcome == JobAnswer::Outcome::done;
                    ledger->lookNow([&](AccountTablePtr table) { looked += table != nullptr; });
                }
            });
        for (std::thread& thread : threads)
            thread.join();
        CPPUNIT_ASSERT(ledger->stop(60s));
        CPPUNIT_ASSERT_EQUAL(kThreads * kEach / 50, done.load());
        CPPUNIT_ASSERT_EQUAL(kThreads * kEach / 50, looked.load());
        CPPUNIT_ASSERT_EQUAL(int64_t{1'000'000 - kThreads * kEach * 7 + done}, balance());
        CPPUNIT_ASSERT_EQUAL(balance(), user->available());
        CPPUNIT_ASSERT_EQUAL(std::string(), audit(database_));
        CPPUNIT_ASSERT_EQUAL(size_t{kThreads * kEach}, database_.rows.size());
        CPPUNIT_ASSERT_EQUAL(uint64_t{kThreads * kEach}, journal_.appliedTo.load());
    }

    void aDatabaseThatIsAwayDelaysAndLosesNothing()
    {
        auto ledger = service();
        CPPUNIT_ASSERT(eventually([&] { return ledger->health().open; }));
        away_ = true;
        for (int i = 0; i < 50; ++i)
            journal_.write(charge(2));
        CPPUNIT_ASSERT(eventually([&] { return ledger->health().databaseAway; }));
        CPPUNIT_ASSERT(ledger->accounts()); // balances go on from memory
        away_ = false;
        CPPUNIT_ASSERT(eventually([&] { return journal_.appliedTo == 50; }));
        CPPUNIT_ASSERT(eventually([&] { return !ledger->health().databaseAway; }));
        CPPUNIT_ASSERT(ledger->stop(60s));
        CPPUNIT_ASSERT_EQUAL(int64_t{900}, balance());
        CPPUNIT_ASSERT_EQUAL(std::string(), audit(database_));
    }

    void aJobIsGivenUpWhenItsTimeIsUp()
    {
        auto ledger = service();
        CPPUNIT_ASSERT(eventually([&] { return ledger->health().open; }));
        away_ = true;
        CPPUNIT_ASSERT(ledger->run(topUp(1), 20ms).outcome == JobAnswer::Outcome::unavailable);
        away_ = false;
        CPPUNIT_ASSERT(ledger->run(topUp(5), 60s).outcome == JobAnswer::Outcome::done);
        CPPUNIT_ASSERT(ledger->stop(60s));
        CPPUNIT_ASSERT_EQUAL(int64_t{1005}, balance()); // the first one has not come back
        CPPUNIT_ASSERT(ledger->run(topUp(1), 60s).outcome == JobAnswer::Outcome::unavailable);
    }

    void aJournalThatLostItsEndIsRefused()
    {
        database_.positions["j"] = 12;
        journal_.found.last = 7;
        auto ledger = service();
        CPPUNIT_ASSERT(eventually([&] { return !ledger->health().trouble.empty(); }));
        CPPUNIT_ASSERT(!ledger->accounts());
        CPPUNIT_ASSERT(ledger->health().trouble.find("12") != std::string::npos);
        ledger->stop(0ms);
        settings_.acceptLoss = true;
        ledger = service();
        CPPUNIT_ASSERT(eventually([&] { return ledger->health().open; }));
        ledger->stop(0ms);
    }

    void aStartSettlesWhatWasCutOff()
    {
        database_.positions["j"] = 0;
        journal_.write(charge(10)); // journaled by the last run, not applied
        OpenRequest open;
        open.begin.parties = {kUser, 0, false, 3};
        open.begin.facts.requestId = "cut";
        std::fill(std::begin(open.begin.price), std::end(open.begin.price), 1.0);
        open.begin.promptTokens = 4;
        open.completionTokens = 6;
        journal_.found.open.push_back(open);
        journal_.found.last = 1;
        auto ledger = service();
        CPPUNIT_ASSERT(eventually([&] { return ledger->accounts() != nullptr; }));
        CPPUNIT_ASSERT_EQUAL(int64_t{980}, ledger->accounts()->user(kUser)->available());
        CPPUNIT_ASSERT(eventually([&] { return journal_.appliedTo == 2; }));
        CPPUNIT_ASSERT(ledger->stop(60s));
        CPPUNIT_ASSERT_EQUAL(int64_t{980}, balance());
        CPPUNIT_ASSERT_EQUAL(std::string("gateway_stopped"), database_.rows.at(1).branch);
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(LedgerServiceTest);
