#include "support.h"

#include "net/deadlines.h"

#include <random>
#include <stdexcept>

using namespace net_test;

namespace
{

Task<int> answer() { co_return 42; }

Task<int> nested(int depth)
{
    if (depth == 0)
    {
        auto task = answer();
        co_return co_await task;
    }
    auto task = nested(depth - 1);
    co_return co_await task + 1;
}

Task<void> manyChildren(int64_t& sum)
{
    for (int i = 0; i < 200'000; ++i) // would overflow the stack if each child left a frame on it
    {
        auto task = answer();
        sum += co_await task;
    }
}

Task<void> thrower()
{
    throw std::runtime_error("lost");
    co_return;
}

struct Guard
{
    bool& destroyed;
    explicit Guard(bool& d) : destroyed(d) {}
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;
    ~Guard() { destroyed = true; }
};

Task<void> waitFor(Signal& signal, Until until, Wake& woken, bool& destroyed)
{
    Guard guard(destroyed);
    auto waiting = signal.wait(until);
    woken = co_await waiting;
}

Task<void> sleepy(int64_t milliseconds, Cancellation* under, Wake& woken)
{
    auto pause = sleepFor(milliseconds, under);
    woken = co_await pause;
}

Task<void> joins(Signal& gate, int& finished, std::vector<std::string>& order)
{
    TaskSet children;
    for (int i = 0; i < 3; ++i)
        children.start(
            [](Signal& g, int& count, int number) -> Task<void>
            {
                if (number == 1)
                {
                    auto waiting = g.wait({});
                    co_await waiting;
                }
                ++count;
            }(gate, finished, i));
    auto joining = children.idle({});
    const Wake woken = co_await joining;
    order.push_back(woken == Wake::ready ? "joined" : "?");
}

Task<void> onWorker(Workers& workers, std::string& out)
{
    auto working = runOn(workers, [] { return std::string("from a thread"); });
    out = co_await working;
    auto failing = runOn(workers, []() -> int { throw std::runtime_error("job"); });
    try
    {
        co_await failing;
    }
    catch (const std::runtime_error& e)
    {
        out += std::string(", caught ") + e.what();
    }
}

// An entry that remembers when it came up.
struct Alarm final : Timed
{
    explicit Alarm(const int64_t& c) : clock(c) {}
    void expired() noexcept override { rang = clock; }
    const int64_t& clock;
    int64_t rang = -1;
};

} // namespace

class LoopTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(LoopTest);
    CPPUNIT_TEST(tasksReturnThroughManyLevels);
    CPPUNIT_TEST(finishedChildrenLeaveNothingOnTheStack);
    CPPUNIT_TEST(exceptionsOfStrayTasksLeaveRun);
    CPPUNIT_TEST(notificationsAreKeptOnce);
    CPPUNIT_TEST(waitsEndByDeadlineAndCancellation);
    CPPUNIT_TEST(cancellationWakesAllInTheSameTurn);
    CPPUNIT_TEST(destroyedTasksWithdraw);
    CPPUNIT_TEST(sleepsAreAccurate);
    CPPUNIT_TEST(childrenAreJoined);
    CPPUNIT_TEST(workersComeBackToTheLoop);
    CPPUNIT_TEST(jobsArriveFromOtherThreads);
    CPPUNIT_TEST(inboxesOutliveTheirLoop);
    CPPUNIT_TEST(wheelAgreesWithAPlainList);
    CPPUNIT_TEST(laterDeadlinesAreOnlyStored);
    CPPUNIT_TEST_SUITE_END();

public:
    void tasksReturnThroughManyLevels()
    {
        Loop loop;
        int result = 0;
        run(loop,
            [](int& out) -> Task<void>
            {
                auto task = nested(100);
                out = co_await task;
            }(result));
        CPPUNIT_ASSERT_EQUAL(142, result);
    }

    void finishedChildrenLeaveNothingOnTheStack()
    {
        Loop loop;
        int64_t sum = 0;
        run(loop, manyChildren(sum));
        CPPUNIT_ASSERT_EQUAL(int64_t{42} * 200'000, sum);
    }

    void exceptionsOfStrayTasksLeaveRun()
    {
        Loop loop;
        loop.spawn(thrower());
        CPPUNIT_ASSERT_THROW(loop.runUntil([&] { return loop.tasks() == 0; }, 1000), std::runtime_error);
        CPPUNIT_ASSERT_EQUAL(size_t{0}, loop.tasks());
    }

    void notificationsAreKeptOnce()
    {
        Loop loop;
        Signal signal;
        signal.notify();
        signal.notify();
        Wake first = Wake::none;
        Wake second = Wake::none;
        bool destroyed = false;
        run(loop, waitFor(signal, {}, first, destroyed));
        run(loop, waitFor(signal, {loop.after(5), nullptr}, second, destroyed));
        CPPUNIT_ASSERT(first == Wake::ready && second == Wake::timeout);
    }

    void waitsEndByDeadlineAndCancellation()
    {
        Loop loop;
        Signal signal;
        Cancellation cancellation;
        Wake woken = Wake::none;
        bool destroyed = false;
        loop.spawn(waitFor(signal, {loop.after(kBound), &cancellation}, woken, destroyed));
        loop.runUntil([] { return false; }, 5);
        CPPUNIT_ASSERT(woken == Wake::none);
        cancellation.cancel(CancelReason::quota);
        cancellation.cancel(CancelReason::shutdown);
        runUntil(loop, [&] { return loop.tasks() == 0; });
        CPPUNIT_ASSERT(woken == Wake::cancelled && cancellation.reason() == CancelReason::quota);
        run(loop, waitFor(signal, {kNever, &cancellation}, woken, destroyed)); // at once
        CPPUNIT_ASSERT(woken == Wake::cancelled);
    }

    void cancellationWakesAllInTheSameTurn()
    {
        Loop loop;
        Cancellation cancellation;
        Wake wakes[5] = {};
        for (Wake& woken : wakes)
            loop.spawn(sleepy(kBound, &cancellation, woken));
        bool first = true;
        CPPUNIT_ASSERT(loop.runUntil(
            [&]
            {
                if (!std::exchange(first, false)) return true; // one turn after the cancellation
                loop.post([&] { cancellation.cancel(CancelReason::clientGone); });
                return false;
            },
            kBound));
        for (Wake woken : wakes)
            CPPUNIT_ASSERT(woken == Wake::cancelled);
    }

    void destroyedTasksWithdraw()
    {
        Loop loop;
        Signal signal;
        Cancellation cancellation;
        bool destroyed = false;
        Wake woken = Wake::none;
        {
            TaskSet tasks;
            tasks.start(waitFor(signal, {loop.after(20), &cancellation}, woken, destroyed));
            loop.runUntil([] { return false; }, 2);
        }
        CPPUNIT_ASSERT(destroyed);
        signal.notify(); // nobody is there
        cancellation.cancel(CancelReason::deadline);
        loop.runUntil([] { return false; }, 40); // its deadline passes
        CPPUNIT_ASSERT(woken == Wake::none);
    }

    void sleepsAreAccurate()
    {
        Loop loop;
        for (int64_t wanted : {1, 7, 40, 90, 300})
        {
            Wake woken = Wake::none;
            loop.runUntil([] { return true; }, 1); // a fresh clock
            const int64_t begin = loop.now();
            run(loop, sleepy(wanted, nullptr, woken));
            const int64_t took = loop.now() - begin;
            CPPUNIT_ASSERT(woken == Wake::timeout && took >= wanted);
        }
    }

    void childrenAreJoined()
    {
        Loop loop;
        Signal gate;
        int finished = 0;
        std::vector<std::string> order;
        loop.spawn(joins(gate, finished, order));
        runUntil(loop, [&] { return finished == 2; });
        CPPUNIT_ASSERT(order.empty());
        gate.notify();
        runUntil(loop, [&] { return loop.tasks() == 0; });
        CPPUNIT_ASSERT_EQUAL(3, finished);
        CPPUNIT_ASSERT_EQUAL(std::string("joined"), order.at(0));
    }

    void workersComeBackToTheLoop()
    {
        Loop loop;
        Workers workers(2);
        std::string out;
        run(loop, onWorker(workers, out));
        CPPUNIT_ASSERT_EQUAL(std::string("from a thread, caught job"), out);
        TaskSet abandoned;
        std::string never;
        abandoned.start(onWorker(workers, never));
        loop.runUntil([] { return true; }, 1);
        abandoned.clear();
        loop.runUntil([&] { return false; }, 10);
        CPPUNIT_ASSERT(never.empty());
    }

    void jobsArriveFromOtherThreads()
    {
        Loop loop;
        int count = 0;
        std::vector<std::thread> threads;
        for (int t = 0; t < 4; ++t)
            threads.emplace_back(
                [&]
                {
                    for (int i = 0; i < 1000; ++i)
                        loop.post([&] { ++count; });
                });
        runUntil(loop, [&] { return count == 4000; });
        for (std::thread& thread : threads)
            thread.join();
        loop.post([&] { loop.stop(); });
        loop.run();
    }

    void inboxesOutliveTheirLoop()
    {
        std::shared_ptr<Inbox> inbox;
        auto held = std::make_shared<int>(1);
        {
            Loop loop;
            inbox = loop.inbox();
            inbox->post([held] {});
        }
        CPPUNIT_ASSERT_EQUAL(1L, held.use_count());
        inbox->post([held] {});
        CPPUNIT_ASSERT_EQUAL(1L, held.use_count());
    }

    void wheelAgreesWithAPlainList()
    {
        std::mt19937 random(7);
        int64_t clock = 123'456;
        Deadlines wheel(clock);
        std::vector<std::unique_ptr<Alarm>> alarms;
        std::vector<int64_t> due;
        const int64_t spans[] = {3, 200, 300, 5'000, 70'000, 200'000, 9'000'000};
        for (int i = 0; i < 600; ++i)
        {
            alarms.push_back(std::make_unique<Alarm>(clock));
            due.push_back(clock + static_cast<int64_t>(random() % static_cast<unsigned>(spans[i % 7])));
            alarms.back()->set(wheel, due.back());
        }
        for (int step = 0; step < 40'000 && clock < 9'300'000; ++step)
        {
            const int64_t wait = wheel.untilNext(1'000'000);
            clock += random() % 3 == 0 ? std::max<int64_t>(wait, 1) : static_cast<int64_t>(random() % 500);
            if (step % 5 == 0) // move one about
            {
                const size_t i = random() % alarms.size();
                if (alarms[i]->rang < 0)
                {
                    due[i] = clock + static_cast<int64_t>(random() % 100'000);
                    alarms[i]->set(wheel, due[i]);
                }
            }
            std::vector<bool> before;
            for (const auto& alarm : alarms)
                before.push_back(alarm->rang >= 0);
            wheel.advance(clock);
            for (size_t i = 0; i < alarms.size(); ++i)
            {
                // Rings when due; one that was set for now or the past may ring a millisecond later.
                if (due[i] < clock) CPPUNIT_ASSERT_MESSAGE("rang late", alarms[i]->rang >= 0);
                if (!before[i] && alarms[i]->rang >= 0) CPPUNIT_ASSERT_MESSAGE("rang early", due[i] <= clock);
            }
        }
        for (size_t i = 0; i < alarms.size(); ++i)
            CPPUNIT_ASSERT(alarms[i]->rang >= 0 || due[i] >= clock);
    }

    void laterDeadlinesAreOnlyStored()
    {
        int64_t clock = 1000;
        Deadlines wheel(clock);
        Alarm alarm(clock);
        alarm.set(wheel, 1010);
        alarm.set(wheel, 1500);
        clock = 1100;
        wheel.advance(clock);
        CPPUNIT_ASSERT_EQUAL(int64_t{-1}, alarm.rang);
        alarm.set(wheel, 1200);
        CPPUNIT_ASSERT(wheel.untilNext(1'000'000) <= 100);
        clock = 1200;
        wheel.advance(clock);
        CPPUNIT_ASSERT_EQUAL(int64_t{1200}, alarm.rang);
        alarm.rang = -1;
        alarm.set(wheel, 1300);
        alarm.clear();
        clock = 2000;
        wheel.advance(clock);
        CPPUNIT_ASSERT_EQUAL(int64_t{-1}, alarm.rang);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(LoopTest);
