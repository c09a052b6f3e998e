#include "store/ledger_repository.h"

#include "fixture.h"
#include "store/migrations.h"
#include "store/token_repository.h"
#include "store/user_repository.h"

#include <Poco/Exception.h>
#include <cppunit/extensions/HelperMacros.h>

using namespace switchyard::store;
using namespace fixture;

class LedgerRepositoryTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(LedgerRepositoryTest);
    CPPUNIT_TEST(aPositionMovesOnlyFromWhereItIs);
    CPPUNIT_TEST(changesAreRelativeAndGiveTheBalanceBack);
    CPPUNIT_TEST(whoIsGoneIsSaid);
    CPPUNIT_TEST(nullBalancesCountAsZero);
    CPPUNIT_TEST(aLogRowComesBackWhole);
    CPPUNIT_TEST(aRowThatIsNoChargeHasNoJournalSequence);
    CPPUNIT_TEST(anyNumberOfRowsGoesIn);
    CPPUNIT_TEST(balancesAreOfEverybody);
    CPPUNIT_TEST(migrationOpensTheBooksOfWhoIsThere);
    CPPUNIT_TEST(whoeverIsMadeIsOpened);
    CPPUNIT_TEST(theIdOfADeletedTokenIsNotGivenAgain);
    CPPUNIT_TEST(booksAreRightAfterChargesAndEntriesAndNotAfterAForeignEdit);
    CPPUNIT_TEST(booksThatAreOpenedLateAreRight);
    CPPUNIT_TEST(removingLogsKeepsTheBooks);
    CPPUNIT_TEST_SUITE_END();

    Scratch scratch_;
    std::unique_ptr<Database> database_;

    std::string file() { return scratch_.path("test.db"); }

    template <class Work>
    auto write(Work work)
    {
        return database_->write(
            [&](DbSession& session)
            {
                LedgerRepository ledger(session);
                return work(ledger);
            });
    }

    std::vector<AccountBooks> books()
    {
        return write([](LedgerRepository& ledger) { return ledger.books(); });
    }

    static AccountBooks bookOf(const std::vector<AccountBooks>& all, AccountKind kind, int64_t id)
    {
        for (const AccountBooks& account : all)
            if (account.kind == kind && account.id == id) return account;
        CPPUNIT_FAIL("no such account");
        return {};
    }

    static int64_t missing(const AccountBooks& account)
    {
        return account.opening + account.entries - account.charges - account.column;
    }

    static LogRow charge(int64_t quota, int64_t seq)
    {
        LogRow row;
        row.userId = 7;
        row.createdAt = 1'700'000'000 + seq;
        row.quota = quota;
        row.tokenId = 2;
        row.tokenQuota = quota;
        row.journalSeq = seq;
        row.requestId = "r" + std::to_string(seq);
        return row;
    }

    void spend(LedgerRepository& ledger, const LogRow& row)
    {
        ledger.applyToUser(7, -row.quota, row.quota, 1);
        ledger.applyToToken(2, -row.tokenQuota, row.tokenQuota, row.createdAt);
        ledger.insertLogs({&row, 1});
    }

public:
    void setUp() override
    {
        makeOneApiDatabase(file());
        database_ = std::make_unique<Database>(scratch_.settings(), quiet());
        migrate(*database_, quiet());
    }

    void aPositionMovesOnlyFromWhereItIs()
    {
        write(
            [](LedgerRepository& ledger)
            {
                CPPUNIT_ASSERT(!ledger.positionOf("j"));
                ledger.addPosition("j", 3);
                ledger.addPosition("other", 3);
                CPPUNIT_ASSERT(ledger.advancePosition("j", 3, 0, 20));
                CPPUNIT_ASSERT(!ledger.advancePosition("j", 3, 0, 20));  // the batch a second time
                CPPUNIT_ASSERT(!ledger.advancePosition("j", 2, 20, 30)); // an owner that has been replaced
                CPPUNIT_ASSERT(!ledger.advancePosition("nobody", 3, 20, 30));
                CPPUNIT_ASSERT_EQUAL(int64_t{20}, ledger.positionOf("j")->seq);
                CPPUNIT_ASSERT_EQUAL(int64_t{3}, ledger.positionOf("j")->epoch);
                CPPUNIT_ASSERT_EQUAL(int64_t{0}, ledger.positionOf("other")->seq);
            });
        CPPUNIT_ASSERT_THROW(write([](LedgerRepository& ledger) { ledger.addPosition("j", 1); }), Poco::Exception);
    }

    void changesAreRelativeAndGiveTheBalanceBack()
    {
        runSql(file(), "UPDATE users SET used_quota = 5, request_count = 2 WHERE id = 7;\n");
        write(
            [](LedgerRepository& ledger)
            {
                CPPUNIT_ASSERT_EQUAL(int64_t{1100}, *ledger.applyToUser(7, -100, 100, 1));
                CPPUNIT_ASSERT_EQUAL(int64_t{1400}, *ledger.applyToUser(7, 300, 0, 0));
                CPPUNIT_ASSERT_EQUAL(int64_t{260}, *ledger.applyToToken(2, -40, 40, 1'700'000'123));
                CPPUNIT_ASSERT_EQUAL(int64_t{500'000'000'000'000}, *ledger.readUserBalance(1));
                ledger.addChannelUse(3, 11);
                ledger.addChannelUse(3, 22);
            });
        CPPUNIT_ASSERT_EQUAL(
            std::string("1400 105 3"),
            askSql(file(), "SELECT quota || ' ' || used_quota || ' ' || request_count FROM users WHERE id = 7"));
        CPPUNIT_ASSERT_EQUAL(
            std::string("260 40 1700000123"),
            askSql(file(),
                   "SELECT remain_quota || ' ' || used_quota || ' ' || accessed_time FROM tokens WHERE id = 2"));
        CPPUNIT_ASSERT_EQUAL(std::string("33"), askSql(file(), "SELECT used_quota FROM channels WHERE id = 3"));
        CPPUNIT_ASSERT_EQUAL(std::string("0"), askSql(file(), "SELECT used_quota FROM channels WHERE id = 4"));
    }

    void whoIsGoneIsSaid()
    {
        write(
            [](LedgerRepository& ledger)
            {
                CPPUNIT_ASSERT(!ledger.applyToUser(99, -1, 1, 1));
                CPPUNIT_ASSERT(!ledger.applyToToken(99, -1, 1, 1));
                const int64_t ids[] = {7, 99, 1};
                const auto users = ledger.readUserBalances(ids);
                CPPUNIT_ASSERT_EQUAL(size_t{2}, users.size());
                CPPUNIT_ASSERT_EQUAL(int64_t{1200}, users[0].quota);
                const int64_t tokens[] = {2, 99};
                CPPUNIT_ASSERT_EQUAL(size_t{1}, ledger.readTokenBalances(tokens).size());
            });
    }

    void nullBalancesCountAsZero()
    {
        runSql(file(), "UPDATE users SET quota = NULL, used_quota = NULL, request_count = NULL WHERE id = 7;\n"
                       "UPDATE tokens SET remain_quota = NULL, used_quota = NULL WHERE id = 2;\n"
                       "UPDATE channels SET used_quota = NULL WHERE id = 3;\n");
        write(
            [](LedgerRepository& ledger)
            {
                CPPUNIT_ASSERT_EQUAL(int64_t{0}, *ledger.readUserBalance(7));
                CPPUNIT_ASSERT_EQUAL(int64_t{-3}, *ledger.applyToUser(7, -3, 3, 1));
                CPPUNIT_ASSERT_EQUAL(int64_t{-3}, *ledger.applyToToken(2, -3, 3, 1));
                ledger.addChannelUse(3, 3);
            });
        CPPUNIT_ASSERT_EQUAL(std::string("3"), askSql(file(), "SELECT used_quota FROM channels WHERE id = 3"));
    }

    void aLogRowComesBackWhole()
    {
        LogRow row{.userId = 7,
                   .createdAt = 1'700'000'001,
                   .type = LogType::consumed,
                   .content = "三 points",
                   .userName = "lin",
                   .tokenName = "limited",
                   .modelName = "gpt-4o",
                   .quota = 1'000'000'000'001,
                   .promptTokens = 11,
                   .completionTokens = 12,
                   .channelId = 3,
                   .requestId = "req-1",
                   .elapsedMs = 1234,
                   .stream = true,
                   .systemPromptReset = true,
                   .branch = "usage",
                   .usageSource = "reported",
                   .unpaid = 13,
                   .held = 14,
                   .cachedTokens = 15,
                   .reasoningTokens = 16,
                   .tokenId = 2,
                   .tokenQuota = 17,
                   .node = "journal",
                   .journalSeq = 18,
                   .upstreamId = "chatcmpl-1",
                   .finish = "stop",
                   .detail = R"({"ratio":1})"};
        const auto found = write(
            [&](LedgerRepository& ledger)
            {
                ledger.insertLogs({&row, 1});
                return ledger.logsOfRequest("req-1");
            });
        CPPUNIT_ASSERT_EQUAL(size_t{1}, found.size());
        const LogRow& back = found[0];
        CPPUNIT_ASSERT_EQUAL(int64_t{2}, back.id);
        CPPUNIT_ASSERT_EQUAL(row.content, back.content);
        CPPUNIT_ASSERT_EQUAL(row.detail, back.detail);
        const auto numbers = [](const LogRow& r)
        {
            std::string all;
            for (const int64_t n : {r.userId, r.createdAt, int64_t(r.type), r.quota, r.promptTokens, r.completionTokens,
                                    r.channelId, r.elapsedMs, int64_t(r.stream), int64_t(r.systemPromptReset), r.unpaid,
                                    r.held, r.cachedTokens, r.reasoningTokens, r.tokenId, r.tokenQuota, r.journalSeq})
                all += std::to_string(n) + " ";
            return all;
        };
        CPPUNIT_ASSERT_EQUAL(numbers(row), numbers(back));
        const auto texts = [](const LogRow& r)
        {
            return r.userName + "|" + r.tokenName + "|" + r.modelName + "|" + r.requestId + "|" + r.branch + "|" +
                   r.usageSource + "|" + r.node + "|" + r.upstreamId + "|" + r.finish;
        };
        CPPUNIT_ASSERT_EQUAL(texts(row), texts(back));
    }

    void aRowThatIsNoChargeHasNoJournalSequence()
    {
        LogRow row;
        row.userId = 7;
        row.type = LogType::topUp;
        row.content = "a gift";
        row.quota = 50;
        write([&](LedgerRepository& ledger) { ledger.insertLogs({&row, 1}); });
        CPPUNIT_ASSERT_EQUAL(std::string("1"),
                             askSql(file(),
                                    "SELECT COUNT(*) FROM logs WHERE content = 'a gift' AND journal_seq IS NULL "
                                    "AND branch IS NULL AND detail IS NULL AND token_id IS NULL"));
        CPPUNIT_ASSERT_EQUAL(int64_t{0}, bookOf(books(), AccountKind::user, 7).charges);
    }

    void anyNumberOfRowsGoesIn()
    {
        int64_t seq = 0;
        for (const size_t count : {0, 1, 7, 8, 9, 63, 64, 65, 200})
        {
            std::vector<LogRow> rows;
            std::vector<LedgerEntry> entries;
            for (size_t i = 0; i < count; ++i)
            {
                rows.push_back(charge(1, ++seq));
                entries.push_back({0, AccountKind::user, 7, 1, seq, "topup", "root", "", seq});
            }
            write(
                [&](LedgerRepository& ledger)
                {
                    ledger.insertLogs(rows);
                    ledger.insertEntries(entries);
                });
            CPPUNIT_ASSERT_EQUAL(std::to_string(seq),
                                 askSql(file(),
                                        "SELECT COUNT(DISTINCT journal_seq) FROM logs WHERE request_id = 'r' || "
                                        "journal_seq AND created_at = 1700000000 + journal_seq"));
        }
        const auto entries = write([](LedgerRepository& ledger) { return ledger.entriesOf(AccountKind::user, 7); });
        CPPUNIT_ASSERT_EQUAL(static_cast<size_t>(seq) + 1, entries.size()); // and the opening one
        CPPUNIT_ASSERT_EQUAL(seq, entries.back().balanceAfter);
        CPPUNIT_ASSERT_EQUAL(std::string("topup root"), entries.back().cause + " " + entries.back().actor);
    }

    void balancesAreOfEverybody()
    {
        const Balances all = write(
            [](LedgerRepository& ledger)
            {
                ledger.addPosition("j", 1);
                return ledger.balances();
            });
        CPPUNIT_ASSERT_EQUAL(size_t{1}, all.positions.size());
        CPPUNIT_ASSERT_EQUAL(size_t{2}, all.users.size());
        CPPUNIT_ASSERT_EQUAL(int64_t{1200}, all.users[1].quota);
        CPPUNIT_ASSERT_EQUAL(size_t{2}, all.tokens.size());
        CPPUNIT_ASSERT(all.tokens[0].unlimited);
        CPPUNIT_ASSERT(!all.tokens[1].unlimited);
        CPPUNIT_ASSERT_EQUAL(int64_t{300}, all.tokens[1].remainQuota);
    }

    void migrationOpensTheBooksOfWhoIsThere()
    {
        runSql(file(), "UPDATE logs SET quota = 77 WHERE id = 1;\n"); // One API's old row: no charge of ours
        const auto all = books();
        CPPUNIT_ASSERT_EQUAL(size_t{4}, all.size());
        for (const AccountBooks& account : all)
        {
            CPPUNIT_ASSERT(account.opened);
            CPPUNIT_ASSERT_EQUAL(account.column, account.opening);
            CPPUNIT_ASSERT_EQUAL(int64_t{0}, missing(account));
        }
        CPPUNIT_ASSERT_EQUAL(int64_t{300}, bookOf(all, AccountKind::token, 2).opening);
        CPPUNIT_ASSERT_EQUAL(size_t{0}, write([](LedgerRepository& ledger) { return ledger.openAccounts(1); }));
    }

    void whoeverIsMadeIsOpened()
    {
        const int64_t user = database_->write(
            [](DbSession& session)
            {
                NewUser added;
                added.user.name = "mei";
                added.user.quota = 70;
                added.inviteCode = "mei1";
                TokenRow token;
                token.key = "meikey";
                token.token.userId = UserRepository(session).insert(added);
                token.token.remainQuota = 20;
                TokenRepository(session).insert(token);
                return token.token.userId;
            });
        CPPUNIT_ASSERT_EQUAL(int64_t{70}, bookOf(books(), AccountKind::user, user).opening);
        CPPUNIT_ASSERT_EQUAL(int64_t{20}, bookOf(books(), AccountKind::token, 3).opening);
    }

    void theIdOfADeletedTokenIsNotGivenAgain()
    {
        const auto insert = [](DbSession& session, const char* key)
        {
            TokenRow token;
            token.key = key;
            token.token.remainQuota = 20;
            return TokenRepository(session).insert(token);
        };
        database_->write(
            [&](DbSession& session)
            {
                CPPUNIT_ASSERT_EQUAL(int64_t{3}, insert(session, "third"));
                CPPUNIT_ASSERT(TokenRepository(session).remove(3));
                CPPUNIT_ASSERT(!TokenRepository(session).remove(3));
                CPPUNIT_ASSERT_EQUAL(int64_t{4}, insert(session, "fourth"));
            });
        CPPUNIT_ASSERT_EQUAL(std::string("0"),
                             askSql(file(), "SELECT SUM(delta) FROM ledger_entries WHERE account_kind "
                                            "= 'token' AND account_id = 3"));
    }

    void booksAreRightAfterChargesAndEntriesAndNotAfterAForeignEdit()
    {
        write(
            [&](LedgerRepository& ledger)
            {
                spend(ledger, charge(100, 1));
                spend(ledger, charge(20, 2));
                const int64_t after = *ledger.applyToUser(7, 500, 0, 0);
                const LedgerEntry entry{0, AccountKind::user, 7, 500, after, "topup", "root", "", 1};
                ledger.insertEntries({&entry, 1});
            });
        const auto user = bookOf(books(), AccountKind::user, 7);
        CPPUNIT_ASSERT_EQUAL(int64_t{1580}, user.column);
        CPPUNIT_ASSERT_EQUAL(int64_t{120}, user.charges);
        CPPUNIT_ASSERT_EQUAL(int64_t{500}, user.entries);
        CPPUNIT_ASSERT_EQUAL(int64_t{0}, missing(user));
        CPPUNIT_ASSERT_EQUAL(int64_t{0}, missing(bookOf(books(), AccountKind::token, 2)));
        runSql(file(), "UPDATE users SET quota = quota + 9 WHERE id = 7;\n");
        CPPUNIT_ASSERT_EQUAL(int64_t{-9}, missing(bookOf(books(), AccountKind::user, 7)));
    }

    void booksThatAreOpenedLateAreRight()
    {
        runSql(file(), "INSERT INTO users (id, username, password, quota, aff_code) VALUES (8, 'new', '', 1000, 'x');\n"
                       "INSERT INTO tokens (id, user_id, `key`, remain_quota) VALUES (9, 8, 'k', 50);\n");
        CPPUNIT_ASSERT(!bookOf(books(), AccountKind::user, 8).opened);
        const size_t opened = write(
            [&](LedgerRepository& ledger)
            {
                LogRow row = charge(30, 1);
                row.userId = 8;
                row.tokenId = 9;
                ledger.applyToUser(8, -30, 30, 1);
                ledger.applyToToken(9, -30, 30, 1);
                ledger.insertLogs({&row, 1});
                const int64_t after = *ledger.applyToUser(8, 7, 0, 0);
                const LedgerEntry entry{0, AccountKind::user, 8, 7, after, "topup", "", "", 1};
                ledger.insertEntries({&entry, 1});
                return ledger.openAccounts(2);
            });
        CPPUNIT_ASSERT_EQUAL(size_t{2}, opened);
        CPPUNIT_ASSERT_EQUAL(int64_t{1000}, bookOf(books(), AccountKind::user, 8).opening);
        CPPUNIT_ASSERT_EQUAL(int64_t{50}, bookOf(books(), AccountKind::token, 9).opening);
        for (const AccountBooks& account : books())
            CPPUNIT_ASSERT_EQUAL(int64_t{0}, missing(account));
    }

    void removingLogsKeepsTheBooks()
    {
        write(
            [&](LedgerRepository& ledger)
            {
                for (int seq = 1; seq <= 4; ++seq)
                    spend(ledger, charge(10, seq));
            });
        const size_t removed =
            write([](LedgerRepository& ledger) { return ledger.removeLogs(1'700'000'003, "root", 5); });
        CPPUNIT_ASSERT_EQUAL(size_t{3}, removed); // two charges, and One API's old row
        CPPUNIT_ASSERT_EQUAL(int64_t{20}, bookOf(books(), AccountKind::user, 7).charges);
        for (const AccountBooks& account : books())
            CPPUNIT_ASSERT_EQUAL(int64_t{0}, missing(account));
        CPPUNIT_ASSERT_EQUAL(std::string("retention -20 1160"),
                             askSql(file(), "SELECT cause || ' ' || delta || ' ' || balance_after FROM ledger_entries "
                                            "WHERE account_kind = 'user' AND account_id = 7 ORDER BY id DESC LIMIT 1"));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(LedgerRepositoryTest);
