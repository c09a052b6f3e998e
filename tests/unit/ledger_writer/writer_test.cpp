#include "writer_fixture.h"

#include "ledger/row_detail.h"

#include <algorithm>
#include <cppunit/extensions/HelperMacros.h>

using namespace writer_fixture;

class LedgerWriterTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(LedgerWriterTest);
    CPPUNIT_TEST(aBatchMovesColumnsAndLeavesWhatIsAvailable);
    CPPUNIT_TEST(whatWasAppliedIsPassedOver);
    CPPUNIT_TEST(recordsWithoutAChargeNeedNoCommit);
    CPPUNIT_TEST(oneRowThatDoesNotFitStopsNothing);
    CPPUNIT_TEST(anUnlimitedTokenIsUsedAndNotCharged);
    CPPUNIT_TEST(aTokenThatIsGonePaysNothing);
    CPPUNIT_TEST(foreignPointsGoToMemoryAndIntoAnEntry);
    CPPUNIT_TEST(whatOthersHaveEnteredIsNotForeign);
    CPPUNIT_TEST(jobsReadAndWriteTrueBalances);
    CPPUNIT_TEST(jobsThatCannotBeDoneSayWhy);
    CPPUNIT_TEST(aCodeIsRedeemedOnce);
    CPPUNIT_TEST(accountsComeGoAndChangeTheirKind);
    CPPUNIT_TEST(aRestartTakesTheBacklogOff);
    CPPUNIT_TEST(streamsThatAKillCutOffAreSettled);
    CPPUNIT_TEST(aJournalOfAnotherDatabaseIsNotKnown);
    CPPUNIT_TEST(anotherWriterFencesOff);
    CPPUNIT_TEST_SUITE_END();

    SimDatabase database_ = usual();
    std::unique_ptr<Gateway> gateway_;

    Gateway& opened()
    {
        gateway_ = std::make_unique<Gateway>(database_);
        CPPUNIT_ASSERT(gateway_->writer.open(true, kNow) == Step::done);
        return *gateway_;
    }
    void apply(std::vector<Numbered> records)
    {
        CPPUNIT_ASSERT(gateway_->writer.apply(records, kNow) == Step::done);
        CPPUNIT_ASSERT_EQUAL(std::string(), audit(database_));
    }
    SimAccount& column(AccountKind kind, int64_t id) { return database_.accounts.at({kind, id}); }

public:
    void aBatchMovesColumnsAndLeavesWhatIsAvailable()
    {
        Gateway& gateway = opened();
        apply({settle(1, 30), settle(2, 12), settle(3, 8)});
        CPPUNIT_ASSERT_EQUAL(int64_t{950}, column(AccountKind::user, kUser).balance);
        CPPUNIT_ASSERT_EQUAL(int64_t{50}, column(AccountKind::user, kUser).used);
        CPPUNIT_ASSERT_EQUAL(int64_t{3}, column(AccountKind::user, kUser).requests);
        CPPUNIT_ASSERT_EQUAL(int64_t{350}, column(AccountKind::token, kToken).balance);
        CPPUNIT_ASSERT_EQUAL(int64_t{50}, database_.channels[3]);
        CPPUNIT_ASSERT_EQUAL(uint64_t{3}, database_.positions["j"]);
        CPPUNIT_ASSERT_EQUAL(size_t{3}, database_.rows.size());
        // Memory had it at the settlement, which is not the writer's business.
        CPPUNIT_ASSERT_EQUAL(int64_t{1000}, gateway.user()->available());
        CPPUNIT_ASSERT_EQUAL(int64_t{400}, gateway.token()->available());
        CPPUNIT_ASSERT(gateway.heard.foreign.empty());
    }

    void whatWasAppliedIsPassedOver()
    {
        opened();
        apply({settle(1, 30), settle(2, 12)});
        apply({settle(1, 30), settle(2, 12), settle(3, 5)});
        CPPUNIT_ASSERT_EQUAL(int64_t{953}, column(AccountKind::user, kUser).balance);
        CPPUNIT_ASSERT_EQUAL(size_t{3}, database_.rows.size());
    }

    void recordsWithoutAChargeNeedNoCommit()
    {
        Gateway& gateway = opened();
        int calls = 0;
        gateway.books.setOracle([&](const char*) { return ++calls, ledger_model::Fate::goesWell; });
        apply({{1, kNow, BeginRecord{}}, {2, kNow, ProgressRecord{}}});
        CPPUNIT_ASSERT_EQUAL(0, calls);
        CPPUNIT_ASSERT_EQUAL(uint64_t{0}, gateway.writer.position());
        CPPUNIT_ASSERT_EQUAL(uint64_t{2}, gateway.writer.seen());
        apply({settle(3, 1)});
        CPPUNIT_ASSERT_EQUAL(uint64_t{3}, gateway.writer.position());
        // But not for ever: a restart would have to read them all.
        apply({{20'000, kNow, ProgressRecord{}}});
        CPPUNIT_ASSERT_EQUAL(uint64_t{20'000}, database_.positions["j"]);
    }

    void oneRowThatDoesNotFitStopsNothing()
    {
        for (int plainEnough = 1; plainEnough <= 2; ++plainEnough)
        {
            database_ = usual();
            Gateway& gateway = opened();
            gateway.books.unwelcome = "r4";
            gateway.books.plainEnough = plainEnough;
            std::vector<Numbered> records;
            for (uint64_t i = 1; i <= 7; ++i)
                records.push_back(settle(i, 10));
            apply(records);
            CPPUNIT_ASSERT_EQUAL(int64_t{930}, column(AccountKind::user, kUser).balance);
            CPPUNIT_ASSERT_EQUAL(size_t{7}, database_.rows.size());
            CPPUNIT_ASSERT(gateway.heard.mended == std::vector<uint64_t>{4});
        }
        database_ = usual();
        Gateway& gateway = opened();
        gateway.books.unwelcome = "r2";
        gateway.books.plainEnough = 3; // not even without its texts: the database is in trouble, and nothing is lost
        std::vector<Numbered> records{settle(1, 10), settle(2, 10), settle(3, 10)};
        CPPUNIT_ASSERT(gateway.writer.apply(records, kNow) == Step::again);
        CPPUNIT_ASSERT_EQUAL(uint64_t{1}, gateway.writer.position());
        gateway.books.plainEnough = 0;
        apply(records);
        CPPUNIT_ASSERT_EQUAL(int64_t{970}, column(AccountKind::user, kUser).balance);
    }

    void anUnlimitedTokenIsUsedAndNotCharged()
    {
        opened();
        apply({settle(1, 30, kFree)});
        CPPUNIT_ASSERT_EQUAL(int64_t{970}, column(AccountKind::user, kUser).balance);
        CPPUNIT_ASSERT_EQUAL(int64_t{0}, column(AccountKind::token, kFree).balance);
        CPPUNIT_ASSERT_EQUAL(int64_t{30}, column(AccountKind::token, kFree).used);
        CPPUNIT_ASSERT_EQUAL(int64_t{0}, database_.rows.at(0).tokenQuota);
    }

    void aTokenThatIsGonePaysNothing()
    {
        opened();
        database_.accounts.erase({AccountKind::token, kToken});
        apply({settle(1, 30), settle(2, 5, kFree)});
        CPPUNIT_ASSERT_EQUAL(int64_t{965}, column(AccountKind::user, kUser).balance); // deleted in mid-request: the user still pays
        CPPUNIT_ASSERT_EQUAL(int64_t{0}, database_.rows.at(0).tokenQuota);
        CPPUNIT_ASSERT_EQUAL(int64_t{30}, database_.rows.at(0).quota);
    }

    void foreignPointsGoToMemoryAndIntoAnEntry()
    {
        Gateway& gateway = opened();
        database_.foreign(AccountKind::user, kUser, 25);
        apply({settle(1, 30)}); // is noticed where the account is charged ...
        CPPUNIT_ASSERT_EQUAL(int64_t{1025}, gateway.user()->available());
        CPPUNIT_ASSERT_EQUAL(size_t{1}, gateway.heard.foreign.size());
        CPPUNIT_ASSERT_EQUAL(int64_t{25}, gateway.heard.foreign[0].delta);
        CPPUNIT_ASSERT_EQUAL(int64_t{995}, gateway.heard.foreign[0].balanceAfter);
        database_.foreign(AccountKind::token, kToken, -15);
        CPPUNIT_ASSERT(gateway.writer.look(kNow) == Step::done); // ... and where somebody looks
        CPPUNIT_ASSERT_EQUAL(int64_t{385}, gateway.token()->available());
        CPPUNIT_ASSERT_EQUAL(std::string("foreign"), database_.entries.back().cause);
        CPPUNIT_ASSERT_EQUAL(std::string(), audit(database_));
        const size_t entries = database_.entries.size();
        CPPUNIT_ASSERT(gateway.writer.look(kNow, true) == Step::done);
        CPPUNIT_ASSERT_EQUAL(entries, database_.entries.size());
    }

    void whatOthersHaveEnteredIsNotForeign()
    {
        Gateway& gateway = opened();
        database_.enter({AccountKind::user, kUser, 40, 0, "topup", "cli", "", kNow});
        database_.foreign(AccountKind::user, kUser, 2);
        apply({settle(1, 30)});
        CPPUNIT_ASSERT_EQUAL(int64_t{1042}, gateway.user()->available());
        CPPUNIT_ASSERT_EQUAL(int64_t{2}, gateway.heard.foreign.at(0).delta);
        database_.enter({AccountKind::user, kUser, 7, 0, "topup", "cli", "", kNow});
        CPPUNIT_ASSERT(gateway.writer.look(kNow) == Step::done);
        CPPUNIT_ASSERT_EQUAL(int64_t{1049}, gateway.user()->available());
        database_.enter({AccountKind::user, kUser, 1, 0, "topup", "cli", "", kNow});
        CPPUNIT_ASSERT_EQUAL(int64_t{100}, gateway.run(topUp(100)).delta());
        CPPUNIT_ASSERT_EQUAL(int64_t{1150}, gateway.user()->available());
        CPPUNIT_ASSERT_EQUAL(size_t{1}, gateway.heard.foreign.size());
        CPPUNIT_ASSERT_EQUAL(std::string(), audit(database_));
    }

    void jobsReadAndWriteTrueBalances()
    {
        Gateway& gateway = opened();
        apply({settle(1, 100)});
        Hold hold = Hold::take(gateway.user(), gateway.token(), 50);
        gateway.user()->adjust(-100); // as the settlement had done in memory
        BalanceJob job = topUp(500);
        job.note = JobNote{0, 1, "zoe", 500, [](int64_t before, int64_t after) { return std::to_string(before) + ">" + std::to_string(after); }};
        JobAnswer answer = gateway.run(job);
        CPPUNIT_ASSERT(answer.outcome == JobAnswer::Outcome::done);
        CPPUNIT_ASSERT_EQUAL(int64_t{900}, answer.before);
        CPPUNIT_ASSERT_EQUAL(int64_t{1400}, answer.after);
        CPPUNIT_ASSERT_EQUAL(int64_t{1350}, gateway.user()->available()); // 50 are held
        CPPUNIT_ASSERT_EQUAL(std::string("900>1400"), database_.notes.at(0).content);
        CPPUNIT_ASSERT_EQUAL(int64_t{500}, database_.notes.at(0).quota);
        const Entry& entry = database_.entries.back();
        CPPUNIT_ASSERT(entry.cause == "topup" && entry.who == "root" && entry.reference == "bill 7");
        CPPUNIT_ASSERT_EQUAL(int64_t{1400}, entry.balanceAfter);

        job = topUp(0);
        job.kind = BalanceJob::Kind::set;
        job.amount = 20;
        answer = gateway.run(job); // below what is held: allowed
        CPPUNIT_ASSERT_EQUAL(int64_t{-1380}, answer.delta());
        CPPUNIT_ASSERT_EQUAL(int64_t{-30}, gateway.user()->available());
        const size_t entries = database_.entries.size();
        answer = gateway.run(job); // nothing moves: no entry
        CPPUNIT_ASSERT(answer.outcome == JobAnswer::Outcome::done && answer.delta() == 0);
        CPPUNIT_ASSERT_EQUAL(entries, database_.entries.size());
        CPPUNIT_ASSERT_EQUAL(std::string(), audit(database_));
    }

    void jobsThatCannotBeDoneSayWhy()
    {
        Gateway& gateway = opened();
        BalanceJob job = topUp(1);
        job.id = 99;
        CPPUNIT_ASSERT(gateway.run(job).outcome == JobAnswer::Outcome::noAccount);
        CPPUNIT_ASSERT(gateway.run(topUp(INT64_MAX)).outcome == JobAnswer::Outcome::outOfRange);
        job = topUp(INT64_MIN);
        job.kind = BalanceJob::Kind::set;
        CPPUNIT_ASSERT(gateway.run(job).outcome == JobAnswer::Outcome::outOfRange);
        CPPUNIT_ASSERT_EQUAL(int64_t{1000}, column(AccountKind::user, kUser).balance);
        CPPUNIT_ASSERT_EQUAL(int64_t{1000}, gateway.user()->available());
    }

    void aCodeIsRedeemedOnce()
    {
        Gateway& gateway = opened();
        database_.codes["abc"] = {1, 77};
        database_.codes["off"] = {2, 77};
        BalanceJob job = topUp(0);
        job.kind = BalanceJob::Kind::redeem;
        job.code = "abc";
        CPPUNIT_ASSERT_EQUAL(int64_t{77}, gateway.run(job).delta());
        CPPUNIT_ASSERT(gateway.run(job).outcome == JobAnswer::Outcome::codeUsed);
        job.code = "off";
        CPPUNIT_ASSERT(gateway.run(job).outcome == JobAnswer::Outcome::codeDisabled);
        job.code = "none";
        CPPUNIT_ASSERT(gateway.run(job).outcome == JobAnswer::Outcome::noCode);
        CPPUNIT_ASSERT_EQUAL(int64_t{1077}, gateway.user()->available());
        CPPUNIT_ASSERT_EQUAL(std::string(), audit(database_));
    }

    void accountsComeGoAndChangeTheirKind()
    {
        Gateway& gateway = opened();
        const AccountTablePtr before = gateway.writer.accounts();
        CPPUNIT_ASSERT(before->token(kToken) && !before->token(kFree));
        CPPUNIT_ASSERT(gateway.writer.look(kNow, true) == Step::done);
        CPPUNIT_ASSERT(before == gateway.writer.accounts()); // nothing new: the same table
        database_.add(AccountKind::user, 2, 300);
        database_.accounts.at({AccountKind::token, kFree}).limited = true;
        database_.accounts.at({AccountKind::token, kFree}).balance = 0;
        database_.accounts.erase({AccountKind::token, kToken});
        CPPUNIT_ASSERT(gateway.writer.look(kNow) == Step::done);
        const AccountTablePtr after = gateway.writer.accounts();
        CPPUNIT_ASSERT_EQUAL(int64_t{300}, after->user(2)->available());
        CPPUNIT_ASSERT(after->token(kFree) && !after->token(kToken));
        CPPUNIT_ASSERT(after->user(kUser) == before->user(kUser)); // the same object: holds on it go on
        CPPUNIT_ASSERT_EQUAL(std::string(), audit(database_));     // who is new has been opened
    }

    void aRestartTakesTheBacklogOff()
    {
        opened();
        apply({settle(1, 30)});
        const std::vector<Numbered> behind{settle(2, 10), settle(3, 5, kFree)};
        gateway_ = std::make_unique<Gateway>(database_);
        CPPUNIT_ASSERT(gateway_->writer.open(false, kNow) == Step::done);
        CPPUNIT_ASSERT_EQUAL(uint64_t{1}, gateway_->writer.position());
        gateway_->writer.countBacklog(behind);
        CPPUNIT_ASSERT_EQUAL(int64_t{955}, gateway_->user()->available());
        CPPUNIT_ASSERT_EQUAL(int64_t{360}, gateway_->token()->available());
        apply(behind);
        CPPUNIT_ASSERT_EQUAL(int64_t{955}, gateway_->user()->available());
        CPPUNIT_ASSERT_EQUAL(int64_t{955}, column(AccountKind::user, kUser).balance);
    }

    void streamsThatAKillCutOffAreSettled()
    {
        Gateway& gateway = opened();
        OpenRequest open;
        open.begin.ticket = 9;
        open.begin.parties = {kUser, kToken, true, 3};
        open.begin.facts.requestId = "cut";
        open.begin.facts.createdAt = kNow - 5000;
        open.begin.held = 90;
        const double price[8] = {2, 1, 3, 1, 1, 1, 1, 1};
        std::copy(std::begin(price), std::end(price), std::begin(open.begin.price));
        open.begin.promptTokens = 10;
        open.completionTokens = 20;
        open.lastSeenAt = kNow - 1000;
        std::vector<OpenRequest> all{open};
        auto settled = gateway.writer.settleOpen(all, kNow);
        CPPUNIT_ASSERT_EQUAL(size_t{1}, settled.size());
        CPPUNIT_ASSERT_EQUAL(int64_t{140}, settled[0].quota); // (10 + 20 x 3) x 2
        CPPUNIT_ASSERT_EQUAL(std::string("gateway_stopped"), settled[0].branch);
        CPPUNIT_ASSERT_EQUAL(int64_t{4000}, settled[0].facts.elapsedMs);
        CPPUNIT_ASSERT_EQUAL(uint64_t{9}, settled[0].ticket);
        CPPUNIT_ASSERT_EQUAL(int64_t{860}, gateway.user()->available());
        CPPUNIT_ASSERT_EQUAL(int64_t{260}, gateway.token()->available());
        const auto detail = readRowDetail(settled[0].facts.detail);
        CPPUNIT_ASSERT(detail && detail->price.completion == 3 && detail->usage.completion == 20);
        all[0].completionTokens = 1000; // never below zero: what is missing is said
        settled = gateway.writer.settleOpen(all, kNow);
        CPPUNIT_ASSERT_EQUAL(int64_t{260}, settled[0].quota);
        CPPUNIT_ASSERT_EQUAL(int64_t{6020 - 260}, settled[0].unpaid);
        CPPUNIT_ASSERT_EQUAL(int64_t{0}, gateway.token()->available());
        CPPUNIT_ASSERT_EQUAL(int64_t{600}, gateway.user()->available());
    }

    void aJournalOfAnotherDatabaseIsNotKnown()
    {
        gateway_ = std::make_unique<Gateway>(database_);
        CPPUNIT_ASSERT(gateway_->writer.open(false, kNow) == Step::done);
        CPPUNIT_ASSERT(!gateway_->writer.knowsJournal());
        CPPUNIT_ASSERT(database_.positions.empty());
        CPPUNIT_ASSERT(opened().writer.knowsJournal());
    }

    void anotherWriterFencesOff()
    {
        Gateway& gateway = opened();
        database_.positions["j"] = 5;
        const std::vector<Numbered> records{settle(1, 10)};
        CPPUNIT_ASSERT(gateway.writer.apply(records, kNow) == Step::fenced);
        CPPUNIT_ASSERT_EQUAL(int64_t{1000}, column(AccountKind::user, kUser).balance);
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(LedgerWriterTest);
