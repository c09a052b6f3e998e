#include "ledger/holds/hold_attempt.h"

#include <array>
#include <atomic>
#include <condition_variable>
#include <cppunit/extensions/HelperMacros.h>
#include <deque>
#include <mutex>
#include <optional>
#include <random>
#include <thread>
#include <vector>

using namespace switchyard::ledger;

namespace
{

AccountPtr user(int64_t available) { return std::make_shared<Account>(AccountKind::user, 1, available); }
AccountPtr token(int64_t available) { return std::make_shared<Account>(AccountKind::token, 2, available); }

/// A request with what a test wants to know of it.
struct Asking
{
    Asking(AccountPtr ofUser, AccountPtr ofToken, int64_t amount, int64_t least, int64_t until = 10)
        : attempt({std::move(ofUser), std::move(ofToken), amount, least}, until, [this] { ++told; })
    {
    }
    std::atomic<int> told{0};
    HoldAttempt attempt;
};

using State = HoldAttempt::State;

/// Sends `count` requests at once and ends them in their order, each for `charge`, until nothing happens any more.
struct Crowd
{
    int served = 0, lowered = 0, refused = 0, waited = 0;

    void run(const AccountPtr& ofUser, const AccountPtr& ofToken, int count, int64_t bound, int64_t charge, int64_t least, bool wait)
    {
        std::deque<Asking> all;
        std::deque<Hold> running;
        std::vector<bool> over(static_cast<size_t>(count));
        for (int i = 0; i < count; ++i)
        {
            all.emplace_back(ofUser, ofToken, bound, least, wait ? 10 : 0);
            over[static_cast<size_t>(i)] = look(all.back(), running, false);
        }
        for (bool moved = true; moved;)
        {
            moved = false;
            if (!running.empty())
            {
                const Settled settled = running.front().settle(charge);
                CPPUNIT_ASSERT_EQUAL(int64_t{0}, settled.unpaid);
                running.pop_front();
                moved = true;
            }
            for (size_t i = 0; i < all.size(); ++i)
                if (!over[i] && all[i].told.exchange(0) > 0)
                {
                    over[i] = look(all[i], running, true);
                    moved = true;
                }
            CPPUNIT_ASSERT(ofUser->available() >= 0 && (!ofToken || ofToken->available() >= 0));
        }
        for (const bool o : over)
            CPPUNIT_ASSERT(o);
    }

private:
    bool look(Asking& asking, std::deque<Hold>& running, bool again)
    {
        switch (asking.attempt.advance(0))
        {
        case State::waiting: return false;
        case State::refused: ++refused; return true;
        case State::lowered: ++lowered; [[fallthrough]];
        case State::held: break;
        }
        ++served;
        if (again) ++waited;
        running.push_back(asking.attempt.take());
        return true;
    }
};

} // namespace

class HoldTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(HoldTest);
    CPPUNIT_TEST(aHoldIsTakenOnBothOrOnNeither);
    CPPUNIT_TEST(aSettlementKeepsTheChargeAndReturnsTheRest);
    CPPUNIT_TEST(aChargeBeyondItsHoldTakesWhatBothHave);
    CPPUNIT_TEST(aHoldThatGoesAwayGivesEverythingBack);
    CPPUNIT_TEST(whatFitsIsHeldAtOnce);
    CPPUNIT_TEST(whatIsFreeNeedsNoBalanceAndNoTurn);
    CPPUNIT_TEST(whatCouldNeverFitIsRefusedAtOnceAndSaysWhy);
    CPPUNIT_TEST(itWaitsForOpenHoldsAndIsTold);
    CPPUNIT_TEST(aSmallerOneNeverOvertakes);
    CPPUNIT_TEST(whenNothingIsOpenItTakesWhatIsLeft);
    CPPUNIT_TEST(whenTheTimeIsUpItTakesWhatIsLeftOrIsRefused);
    CPPUNIT_TEST(whoLeavesTheQueueLetsTheNextOneLook);
    CPPUNIT_TEST(itMovesFromTheTokensQueueToTheUsers);
    CPPUNIT_TEST(theQueueHasItsLimit);
    CPPUNIT_TEST(aTopUpWakesAndAnEditBelowOpenHoldsIsBorne);
    CPPUNIT_TEST(exactlyFiftyOfTwoHundred);
    CPPUNIT_TEST(tenMillionHoldsOfSixteenThreadsAddUp);
    CPPUNIT_TEST(waitersOfSixteenThreadsAreAllServedInTurn);
    CPPUNIT_TEST_SUITE_END();

    static void assertBalance(const Account& account, int64_t available, int64_t held)
    {
        CPPUNIT_ASSERT_EQUAL(available, account.available());
        CPPUNIT_ASSERT_EQUAL(held, account.held());
    }

public:
    void aHoldIsTakenOnBothOrOnNeither()
    {
        const auto u = user(100), t = token(70);
        CPPUNIT_ASSERT(!Hold::take(u, t, 71).open());
        assertBalance(*t, 70, 0);
        const auto rich = token(1000);
        CPPUNIT_ASSERT(!Hold::take(u, rich, 101).open());
        assertBalance(*rich, 1000, 0);
        Hold hold = Hold::take(u, t, 70);
        CPPUNIT_ASSERT(hold.open());
        assertBalance(*u, 30, 70);
        assertBalance(*t, 0, 70);
        CPPUNIT_ASSERT(!hold.extend(1));
        assertBalance(*u, 30, 70);
        t->adjust(100);
        CPPUNIT_ASSERT(!hold.extend(31));
        assertBalance(*t, 100, 70);
        CPPUNIT_ASSERT(hold.extend(30));
        CPPUNIT_ASSERT_EQUAL(int64_t{100}, hold.amount());
        assertBalance(*u, 0, 100);
        assertBalance(*t, 70, 100);
    }

    void aSettlementKeepsTheChargeAndReturnsTheRest()
    {
        const auto u = user(100), t = token(100);
        Hold hold = Hold::take(u, t, 60);
        const Settled settled = hold.settle(25);
        CPPUNIT_ASSERT_EQUAL(int64_t{25}, settled.quota);
        CPPUNIT_ASSERT_EQUAL(int64_t{0}, settled.unpaid);
        assertBalance(*u, 75, 0);
        assertBalance(*t, 75, 0);
        CPPUNIT_ASSERT_EQUAL(int64_t{0}, hold.settle(25).quota);
        assertBalance(*u, 75, 0);
    }

    void aChargeBeyondItsHoldTakesWhatBothHave()
    {
        const auto u = user(100), t = token(80);
        Hold hold = Hold::take(u, t, 60);
        const Settled settled = hold.settle(95);
        CPPUNIT_ASSERT_EQUAL(int64_t{80}, settled.quota);
        CPPUNIT_ASSERT_EQUAL(int64_t{15}, settled.unpaid);
        assertBalance(*u, 20, 0);
        assertBalance(*t, 0, 0);
    }

    void aHoldThatGoesAwayGivesEverythingBack()
    {
        const auto u = user(100);
        {
            Hold hold = Hold::take(u, nullptr, 60);
            Hold moved = std::move(hold);
            CPPUNIT_ASSERT(!hold.open());
            assertBalance(*u, 40, 60);
            moved = Hold::take(u, nullptr, 10);
            assertBalance(*u, 90, 10);
        }
        assertBalance(*u, 100, 0);
    }

    void whatFitsIsHeldAtOnce()
    {
        const auto u = user(100);
        Asking a(u, nullptr, 100, 10);
        CPPUNIT_ASSERT(a.attempt.advance(0) == State::held);
        CPPUNIT_ASSERT(a.attempt.advance(0) == State::held);
        assertBalance(*u, 0, 100);
        CPPUNIT_ASSERT_EQUAL(int64_t{100}, a.attempt.take().amount());
        assertBalance(*u, 100, 0);
        CPPUNIT_ASSERT(ample({u, nullptr, 6, 6}));
        CPPUNIT_ASSERT(!ample({u, nullptr, 7, 7}));
        CPPUNIT_ASSERT(!ample({u, token(90), 6, 6}));
    }

    void whatIsFreeNeedsNoBalanceAndNoTurn()
    {
        const auto u = user(-5);
        Asking free(u, nullptr, 0, 0);
        CPPUNIT_ASSERT(free.attempt.advance(0) == State::held);
        CPPUNIT_ASSERT(free.attempt.take().open());
        assertBalance(*u, -5, 0);
    }

    void whatCouldNeverFitIsRefusedAtOnceAndSaysWhy()
    {
        const auto u = user(100), t = token(50);
        Hold other = Hold::take(u, t, 30);
        Asking a(u, t, 60, 51);
        CPPUNIT_ASSERT(a.attempt.advance(0) == State::refused);
        const HoldRefusal& refusal = a.attempt.refusal();
        CPPUNIT_ASSERT(refusal.why == HoldRefusal::Why::balance);
        CPPUNIT_ASSERT(refusal.kind == AccountKind::token);
        CPPUNIT_ASSERT_EQUAL(int64_t{2}, refusal.id);
        CPPUNIT_ASSERT_EQUAL(int64_t{20}, refusal.have);
        CPPUNIT_ASSERT_EQUAL(int64_t{30}, refusal.held);
        CPPUNIT_ASSERT_EQUAL(int64_t{60}, refusal.need);
        CPPUNIT_ASSERT_EQUAL(int64_t{51}, refusal.least);
        CPPUNIT_ASSERT(!t->queued() && !u->queued());
    }

    void itWaitsForOpenHoldsAndIsTold()
    {
        const auto u = user(100);
        Hold other = Hold::take(u, nullptr, 60);
        Asking a(u, nullptr, 80, 10);
        CPPUNIT_ASSERT(a.attempt.advance(0) == State::waiting);
        CPPUNIT_ASSERT_EQUAL(0, a.told.load());
        other.settle(20);
        CPPUNIT_ASSERT(a.told > 0);
        CPPUNIT_ASSERT(a.attempt.advance(1) == State::held);
        assertBalance(*u, 0, 80);
        CPPUNIT_ASSERT(!u->queued());
    }

    void aSmallerOneNeverOvertakes()
    {
        const auto u = user(100);
        Hold other = Hold::take(u, nullptr, 60);
        Asking big(u, nullptr, 80, 80), small(u, nullptr, 5, 5), next(u, nullptr, 6, 6);
        CPPUNIT_ASSERT(big.attempt.advance(0) == State::waiting);
        CPPUNIT_ASSERT(small.attempt.advance(0) == State::waiting);
        CPPUNIT_ASSERT(next.attempt.advance(0) == State::waiting);
        CPPUNIT_ASSERT(small.attempt.advance(1) == State::waiting);
        other.settle(0);
        CPPUNIT_ASSERT(big.told > 0);
        CPPUNIT_ASSERT_EQUAL(0, small.told.load());
        CPPUNIT_ASSERT(small.attempt.advance(1) == State::waiting);
        CPPUNIT_ASSERT(big.attempt.advance(1) == State::held);
        CPPUNIT_ASSERT(small.told > 0); // it is the first now
        CPPUNIT_ASSERT(next.attempt.advance(1) == State::waiting);
        CPPUNIT_ASSERT(small.attempt.advance(1) == State::held);
        CPPUNIT_ASSERT(next.attempt.advance(1) == State::held);
    }

    void whenNothingIsOpenItTakesWhatIsLeft()
    {
        const auto u = user(100), t = token(40);
        Asking a(u, t, 80, 10);
        CPPUNIT_ASSERT(a.attempt.advance(0) == State::lowered);
        CPPUNIT_ASSERT_EQUAL(int64_t{40}, a.attempt.take().amount());
        // With a hold open it waits until that has ended, though more than the least is there.
        Hold other = Hold::take(u, t, 20);
        Asking b(u, t, 80, 10);
        CPPUNIT_ASSERT(b.attempt.advance(0) == State::waiting);
        other.settle(15);
        CPPUNIT_ASSERT(b.told > 0);
        CPPUNIT_ASSERT(b.attempt.advance(0) == State::lowered);
        CPPUNIT_ASSERT_EQUAL(int64_t{25}, b.attempt.take().amount());
    }

    void whenTheTimeIsUpItTakesWhatIsLeftOrIsRefused()
    {
        const auto u = user(100);
        Hold other = Hold::take(u, nullptr, 60);
        Asking first(u, nullptr, 80, 30), second(u, nullptr, 80, 30, 5), third(u, nullptr, 80, 80);
        CPPUNIT_ASSERT(first.attempt.advance(0) == State::waiting);
        CPPUNIT_ASSERT(second.attempt.advance(0) == State::waiting);
        CPPUNIT_ASSERT(third.attempt.advance(0) == State::waiting);
        CPPUNIT_ASSERT(second.attempt.advance(5) == State::refused); // it was not its turn
        CPPUNIT_ASSERT(second.attempt.refusal().why == HoldRefusal::Why::timeUp);
        CPPUNIT_ASSERT(first.attempt.advance(9) == State::waiting);
        CPPUNIT_ASSERT(first.attempt.advance(10) == State::lowered);
        assertBalance(*u, 0, 100);
        CPPUNIT_ASSERT(third.attempt.advance(10) == State::refused);
        CPPUNIT_ASSERT(third.attempt.refusal().why == HoldRefusal::Why::balance);
        CPPUNIT_ASSERT_EQUAL(int64_t{100}, third.attempt.refusal().held);
    }

    void whoLeavesTheQueueLetsTheNextOneLook()
    {
        const auto u = user(100);
        Hold other = Hold::take(u, nullptr, 60);
        std::optional<Asking> big(std::in_place, u, nullptr, 80, 80);
        Asking small(u, nullptr, 5, 5);
        CPPUNIT_ASSERT(big->attempt.advance(0) == State::waiting);
        CPPUNIT_ASSERT(small.attempt.advance(0) == State::waiting);
        big.reset(); // its client is gone
        CPPUNIT_ASSERT(small.told > 0);
        CPPUNIT_ASSERT(small.attempt.advance(0) == State::held);
    }

    void itMovesFromTheTokensQueueToTheUsers()
    {
        const auto u = user(100), t = token(100), rich = token(1000);
        Hold ofToken = Hold::take(u, t, 50), ofUser = Hold::take(u, rich, 40);
        Asking a(u, t, 60, 60);
        CPPUNIT_ASSERT(a.attempt.advance(0) == State::waiting);
        CPPUNIT_ASSERT(t->queued() && !u->queued());
        ofToken.settle(45); // the token has 55 then; the user 15
        CPPUNIT_ASSERT(a.attempt.advance(0) == State::refused);
        CPPUNIT_ASSERT(a.attempt.refusal().kind == AccountKind::token);

        Asking b(u, t, 30, 30);
        CPPUNIT_ASSERT(b.attempt.advance(0) == State::waiting);
        CPPUNIT_ASSERT(!t->queued() && u->queued());
        assertBalance(*t, 55, 0); // nothing of the token is kept meanwhile
        ofUser.settle(0);
        CPPUNIT_ASSERT(b.told > 0);
        CPPUNIT_ASSERT(b.attempt.advance(0) == State::held);
        assertBalance(*u, 25, 30);
        assertBalance(*t, 25, 30);
    }

    void theQueueHasItsLimit()
    {
        const auto u = user(100);
        Hold other = Hold::take(u, nullptr, 100);
        std::deque<Asking> all;
        for (size_t i = 0; i < Account::kMostWaiters; ++i)
            CPPUNIT_ASSERT(all.emplace_back(u, nullptr, 50, 50).attempt.advance(0) == State::waiting);
        Asking last(u, nullptr, 50, 50);
        CPPUNIT_ASSERT(last.attempt.advance(0) == State::refused);
        CPPUNIT_ASSERT(last.attempt.refusal().why == HoldRefusal::Why::queueFull);
        all.clear();
        CPPUNIT_ASSERT(!u->queued());
    }

    void aTopUpWakesAndAnEditBelowOpenHoldsIsBorne()
    {
        const auto u = user(100);
        Hold other = Hold::take(u, nullptr, 90);
        Asking a(u, nullptr, 50, 50);
        CPPUNIT_ASSERT(a.attempt.advance(0) == State::waiting);
        u->adjust(40);
        CPPUNIT_ASSERT(a.told > 0);
        CPPUNIT_ASSERT(a.attempt.advance(0) == State::held);
        u->adjust(-130); // an administrator takes everything away
        assertBalance(*u, -130, 140);
        Asking b(u, nullptr, 11, 11);
        CPPUNIT_ASSERT(b.attempt.advance(0) == State::refused);
        CPPUNIT_ASSERT_EQUAL(int64_t{90}, other.settle(95).quota); // its charge is capped by what it holds
        a.attempt.take().settle(0);
        assertBalance(*u, -80, 0);
    }

    void exactlyFiftyOfTwoHundred()
    {
        for (const bool ofToken : {false, true})
        {
            const auto parties = [&] {
                return std::pair(user(ofToken ? 1'000'000 : 500), ofToken ? token(500) : nullptr);
            };
            {
                const auto [u, t] = parties(); // bound = charge
                Crowd crowd;
                crowd.run(u, t, 200, 10, 10, 10, true);
                CPPUNIT_ASSERT_EQUAL(50, crowd.served);
                CPPUNIT_ASSERT_EQUAL(150, crowd.refused);
                CPPUNIT_ASSERT_EQUAL(0, crowd.waited);
            }
            {
                const auto [u, t] = parties(); // bound > charge
                Crowd crowd;
                crowd.run(u, t, 200, 35, 10, 7, true);
                CPPUNIT_ASSERT_EQUAL(50, crowd.served);
                CPPUNIT_ASSERT_EQUAL(150, crowd.refused);
                CPPUNIT_ASSERT(crowd.waited > 0);
                assertBalance(ofToken ? *t : *u, 0, 0);
            }
            {
                const auto [u, t] = parties(); // nobody waits
                Crowd crowd;
                crowd.run(u, t, 200, 35, 10, 7, false);
                CPPUNIT_ASSERT_EQUAL(500 / 35 + 1, crowd.served);
                CPPUNIT_ASSERT_EQUAL(1, crowd.lowered);
            }
        }
    }

    void tenMillionHoldsOfSixteenThreadsAddUp()
    {
        constexpr int kThreads = 16, kEach = 10'000'000 / kThreads;
        constexpr int64_t kStart = 1'000'000'000;
        const std::array<AccountPtr, 2> users{user(kStart), user(kStart)};
        const std::array<AccountPtr, 3> tokens{token(kStart / 2), token(kStart / 2), nullptr};
        std::array<std::atomic<int64_t>, 2> chargedUsers{};
        std::array<std::atomic<int64_t>, 3> chargedTokens{};
        std::atomic<bool> negative{false};
        std::vector<std::thread> threads;
        for (int n = 0; n < kThreads; ++n)
            threads.emplace_back([&, n] {
                std::minstd_rand random(static_cast<unsigned>(n + 1));
                std::array<Hold, 4> open;
                std::array<std::pair<size_t, size_t>, 4> whose{};
                for (int i = 0; i < kEach; ++i)
                {
                    const size_t at = random() % open.size();
                    const auto amount = static_cast<int64_t>(random() % 20'000'000);
                    if (!open[at].open())
                    {
                        whose[at] = {random() % users.size(), random() % tokens.size()};
                        const auto& u = users[whose[at].first];
                        const auto& t = tokens[whose[at].second];
                        open[at] = random() % 4 ? Hold::take(u, t, amount) : Hold::takeUpTo(u, t, amount / 2, amount);
                    }
                    else if (random() % 3 == 0)
                        open[at].extend(amount / 8);
                    else
                    {
                        const Settled settled = open[at].settle(static_cast<int64_t>(random() % 4000));
                        chargedUsers[whose[at].first] += settled.quota;
                        if (tokens[whose[at].second]) chargedTokens[whose[at].second] += settled.quota;
                    }
                    for (const auto& account : {users[0], users[1], tokens[0], tokens[1]})
                        if (account->available() < 0) negative = true;
                }
            });
        for (std::thread& thread : threads)
            thread.join();
        CPPUNIT_ASSERT(!negative);
        for (size_t i = 0; i < users.size(); ++i)
            assertBalance(*users[i], kStart - chargedUsers[i], 0);
        for (size_t i = 0; i < 2; ++i)
            assertBalance(*tokens[i], kStart / 2 - chargedTokens[i], 0);
        CPPUNIT_ASSERT(chargedTokens[0] > kStart / 4); // the test has been where balances end
    }

    void waitersOfSixteenThreadsAreAllServedInTurn()
    {
        constexpr int kThreads = 16, kEach = 2000;
        const auto u = user(100), t = token(90);
        std::atomic<int> timeouts{0}, served{0};
        std::vector<std::thread> threads;
        for (int n = 0; n < kThreads; ++n)
            threads.emplace_back([&, n] {
                std::mutex mutex;
                std::condition_variable wake;
                bool told = false;
                for (int i = 0; i < kEach; ++i)
                {
                    const int64_t amount = 20 + (n * 7 + i) % 60;
                    HoldAttempt attempt({u, n % 2 ? t : nullptr, amount, amount}, 1, [&] {
                        const std::lock_guard lock(mutex);
                        told = true;
                        wake.notify_one();
                    });
                    while (attempt.advance(0) == State::waiting)
                    {
                        std::unique_lock lock(mutex);
                        // A lost wake-up would hang here.
                        if (!wake.wait_for(lock, std::chrono::seconds(20), [&] { return told; }))
                        {
                            ++timeouts;
                            return;
                        }
                        told = false;
                    }
                    if (attempt.state() != State::held) return;
                    ++served;
                    Hold hold = attempt.take();
                    if (i % 16 == 0) std::this_thread::yield(); // let others run into it
                }
            });
        for (std::thread& thread : threads)
            thread.join();
        CPPUNIT_ASSERT_EQUAL(0, timeouts.load());
        CPPUNIT_ASSERT_EQUAL(kThreads * kEach, served.load());
        assertBalance(*u, 100, 0);
        assertBalance(*t, 90, 0);
        CPPUNIT_ASSERT(!u->queued() && !t->queued());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(HoldTest);
