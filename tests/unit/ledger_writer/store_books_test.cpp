// The writer over a real database.
#include "writer_fixture.h"

#include "ledger/row_detail.h"
#include "ledger/writer/store_books.h"
#include "store/ledger_repository.h"
#include "store/migrations.h"
#include "store/redemption_repository.h"
#include "store/token_repository.h"
#include "store/user_repository.h"

#include "fixture.h"

#include <cppunit/extensions/HelperMacros.h>

using namespace writer_fixture;
namespace store = switchyard::store;

class StoreBooksTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(StoreBooksTest);
    CPPUNIT_TEST(aDayOfTheLedgerLeavesTheBooksRight);
    CPPUNIT_TEST(aLockedDatabaseIsTriedAgain);
    CPPUNIT_TEST_SUITE_END();

    fixture::Scratch scratch_;
    std::unique_ptr<store::Database> database_;
    Heard heard_;
    std::unique_ptr<StoreBooks> books_;
    std::unique_ptr<LedgerWriter> writer_;

    void openWriter(bool fresh)
    {
        books_ = std::make_unique<StoreBooks>(*database_, "j");
        writer_ = std::make_unique<LedgerWriter>(*books_, heard_, "j");
        CPPUNIT_ASSERT(writer_->open(fresh, kNow) == Step::done);
        CPPUNIT_ASSERT(writer_->knowsJournal());
    }
    void auditIsClean()
    {
        for (const store::AccountBooks& account : database_->read([](store::DbSession& s) { return store::LedgerRepository(s).books(); }))
            CPPUNIT_ASSERT_EQUAL(account.column, account.opening + account.entries - account.charges);
    }
    int64_t ask(const std::string& sql) { return std::stoll("0" + fixture::askSql(scratch_.path("test.db"), sql)); }
    JobAnswer run(const BalanceJob& job)
    {
        JobAnswer answer;
        CPPUNIT_ASSERT(writer_->run(job, kNow, answer) == Step::done);
        return answer;
    }

public:
    void setUp() override
    {
        auto settings = scratch_.settings();
        settings.busyTimeout = std::chrono::milliseconds(50);
        database_ = std::make_unique<store::Database>(settings, fixture::quiet());
        store::migrate(*database_, fixture::quiet());
        fixture::runSql(scratch_.path("test.db"), "INSERT INTO users (id, username, password, quota) VALUES (1, 'zoe', '', 1000);\n"
                                                  "INSERT INTO tokens (id, user_id, key, remain_quota, unlimited_quota) VALUES (5, 1, 'a', 400, 0);\n"
                                                  "INSERT INTO tokens (id, user_id, key, remain_quota, unlimited_quota) VALUES (6, 1, 'b', 0, 1);\n"
                                                  "INSERT INTO redemptions (id, key, status, quota) VALUES (3, 'code', 1, 55);\n"
                                                  "INSERT INTO channels (id, name) VALUES (3, 'c')");
    }

    void aDayOfTheLedgerLeavesTheBooksRight()
    {
        openWriter(true);
        CPPUNIT_ASSERT_EQUAL(int64_t{1000}, writer_->accounts()->user(kUser)->available());
        CPPUNIT_ASSERT(!writer_->accounts()->token(kFree));
        std::vector<Numbered> records;
        for (uint64_t i = 1; i <= 100; ++i)
            records.push_back(settle(i, 3, i % 4 == 0 ? kFree : kToken));
        RowDetail detail;
        detail.price = {2.5, 1, 4, 1, 1, 1, 1, 1};
        std::get<SettleRecord>(records[0].record).facts.detail = writeRowDetail(detail);
        CPPUNIT_ASSERT(writer_->apply(records, kNow) == Step::done);
        CPPUNIT_ASSERT_EQUAL(int64_t{700}, ask("SELECT quota FROM users WHERE id = 1"));
        CPPUNIT_ASSERT_EQUAL(int64_t{100}, ask("SELECT request_count FROM users WHERE id = 1"));
        CPPUNIT_ASSERT_EQUAL(int64_t{175}, ask("SELECT remain_quota FROM tokens WHERE id = 5"));
        CPPUNIT_ASSERT_EQUAL(int64_t{75}, ask("SELECT used_quota FROM tokens WHERE id = 6"));
        CPPUNIT_ASSERT_EQUAL(int64_t{300}, ask("SELECT used_quota FROM channels WHERE id = 3"));
        CPPUNIT_ASSERT_EQUAL(int64_t{100}, ask("SELECT COUNT(*) FROM logs WHERE type = 2 AND node = 'j'"));
        CPPUNIT_ASSERT_EQUAL(std::string("倍率：2.50 × 1.00 × 4.00"),
                             fixture::askSql(scratch_.path("test.db"), "SELECT content FROM logs WHERE journal_seq = 1"));
        auditIsClean();

        BalanceJob job = topUp(50);
        job.note = JobNote{0, 1, "zoe", 50, [](int64_t before, int64_t after) { return std::to_string(before) + ">" + std::to_string(after); }};
        CPPUNIT_ASSERT_EQUAL(int64_t{750}, run(job).after);
        CPPUNIT_ASSERT_EQUAL(std::string("700>750"), fixture::askSql(scratch_.path("test.db"), "SELECT content FROM logs WHERE type = 1"));
        job = topUp(0);
        job.kind = BalanceJob::Kind::redeem;
        job.code = "code";
        CPPUNIT_ASSERT_EQUAL(int64_t{805}, run(job).after);
        CPPUNIT_ASSERT(run(job).outcome == JobAnswer::Outcome::codeUsed);
        CPPUNIT_ASSERT_EQUAL(int64_t{kNow / 1000}, ask("SELECT redeemed_time FROM redemptions"));
        job = topUp(33);
        job.kind = BalanceJob::Kind::set;
        job.account = AccountKind::token;
        job.id = kToken;
        CPPUNIT_ASSERT_EQUAL(int64_t{33 - 175}, run(job).delta());
        auditIsClean();

        fixture::runSql(scratch_.path("test.db"), "UPDATE users SET quota = quota - 5 WHERE id = 1;\n"
                                                  "INSERT INTO users (id, username, password, quota) VALUES (2, 'ann', '', 70)");
        CPPUNIT_ASSERT(writer_->look(kNow) == Step::done);
        CPPUNIT_ASSERT_EQUAL(int64_t{70}, writer_->accounts()->user(2)->available());
        CPPUNIT_ASSERT_EQUAL(int64_t{1000 + 50 + 55 - 5}, writer_->accounts()->user(kUser)->available());
        CPPUNIT_ASSERT_EQUAL(int64_t{-5}, heard_.foreign.at(0).delta);
        auditIsClean();

        openWriter(false); // the next process
        CPPUNIT_ASSERT_EQUAL(uint64_t{100}, writer_->position());
        CPPUNIT_ASSERT_EQUAL(int64_t{800}, writer_->accounts()->user(kUser)->available());
        CPPUNIT_ASSERT(writer_->apply(records, kNow) == Step::done);
        CPPUNIT_ASSERT_EQUAL(int64_t{100}, ask("SELECT COUNT(*) FROM logs WHERE type = 2"));
        auditIsClean();
    }

    void aLockedDatabaseIsTriedAgain()
    {
        openWriter(true);
        const std::vector<Numbered> records{settle(1, 3)};
        {
            const auto other = database_->open();
            other->execute("BEGIN IMMEDIATE");
            CPPUNIT_ASSERT(writer_->apply(records, kNow) == Step::again);
            other->execute("ROLLBACK");
        }
        CPPUNIT_ASSERT(writer_->apply(records, kNow) == Step::done);
        CPPUNIT_ASSERT_EQUAL(int64_t{997}, ask("SELECT quota FROM users WHERE id = 1"));
        auditIsClean();
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(StoreBooksTest);
