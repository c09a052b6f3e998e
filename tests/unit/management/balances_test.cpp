// Changes of balances: balance, ledger entry and log row, all or none.
#include "fixture.h"
#include "management/store_balances.h"
#include "store/ledger_repository.h"
#include "store/migrations.h"
#include "store/redemption_repository.h"
#include "store/token_repository.h"
#include "store/user_repository.h"

#include <Poco/Exception.h>
#include <cppunit/extensions/HelperMacros.h>
#include <limits>
#include <stdexcept>

using namespace switchyard::management;
using namespace switchyard::store;
using namespace fixture;

class BalancesTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(BalancesTest);
    CPPUNIT_TEST(editsAreExactAndEntered);
    CPPUNIT_TEST(aTokensEditLeavesItsUseAlone);
    CPPUNIT_TEST(whoIsNotThereIsSaid);
    CPPUNIT_TEST(whatDoesNotFitChangesNothing);
    CPPUNIT_TEST(aFailureAfterTheUpdateLeavesNothing);
    CPPUNIT_TEST(aCodeIsWorthItsPointsOnce);
    CPPUNIT_TEST(aCodeOfNobodyIsNotUsedUp);
    CPPUNIT_TEST_SUITE_END();

    Scratch scratch_;
    std::unique_ptr<Database> database_;
    std::unique_ptr<StoreBalances> balances_;
    int64_t user_ = 0;
    int64_t token_ = 0;

    std::string ask(const std::string& sql) { return askSql(scratch_.path("test.db"), sql); }

    static Occasion occasion()
    {
        Occasion made;
        made.cause = "edit";
        made.actor = "root";
        made.reference = "r1";
        made.logText = [](const BalanceChange& change)
        { return std::to_string(change.before) + " to " + std::to_string(change.after); };
        return made;
    }

    void addCode(const std::string& key, RedemptionStatus status)
    {
        Redemption code;
        code.key = key;
        code.status = status;
        code.name = "n";
        code.quota = 70;
        database_->write([&](DbSession& session) { return RedemptionRepository(session).insert(code); });
    }

    // opening + entries = column, for every account
    void assertBooks()
    {
        for (const AccountBooks& books :
             database_->read([](DbSession& session) { return LedgerRepository(session).books(); }))
            CPPUNIT_ASSERT_EQUAL(books.column, books.opening + books.entries - books.charges);
    }

public:
    void setUp() override
    {
        database_ = std::make_unique<Database>(scratch_.settings(), quiet());
        migrate(*database_, quiet());
        balances_ = std::make_unique<StoreBalances>(*database_, [] { return int64_t{1'700'000'000'123}; });
        database_->write(
            [&](DbSession& session)
            {
                NewUser user;
                user.user.name = "u";
                user.user.role = kRoleCommon;
                user.user.quota = 100;
                user_ = UserRepository(session).insert(user);
                TokenRow token;
                token.key = "k";
                token.token.userId = user_;
                token.token.remainQuota = 10;
                token_ = TokenRepository(session).insert(token);
            });
    }

    void editsAreExactAndEntered()
    {
        const auto first = balances_->editUser(user_, Edit::by(-30), occasion());
        CPPUNIT_ASSERT(first && first->before == 100 && first->after == 70);
        const auto second = balances_->editUser(user_, Edit::to(-5), occasion());
        CPPUNIT_ASSERT(second && second->before == 70 && second->after == -5);
        CPPUNIT_ASSERT_EQUAL(std::string("-5"), ask("SELECT quota FROM users"));
        CPPUNIT_ASSERT_EQUAL(std::string("-30 70 edit root r1,-75 -5 edit root r1"),
                             ask("SELECT group_concat(delta || ' ' || balance_after || ' ' || cause || ' ' || actor || ' ' "
                                 "|| reference) FROM ledger_entries WHERE cause = 'edit'"));
        CPPUNIT_ASSERT_EQUAL(std::string("3 100 to 70 0,3 70 to -5 0"),
                             ask("SELECT group_concat(type || ' ' || content || ' ' || quota) FROM logs"));
        assertBooks();
    }

    void aTokensEditLeavesItsUseAlone()
    {
        database_->write([&](DbSession& session)
                         { session.execute("UPDATE [tokens] SET [used_quota] = 3, [accessed_time] = 4"); });
        const auto change = balances_->editToken(token_, Edit::by(5), occasion());
        CPPUNIT_ASSERT(change && change->before == 10 && change->after == 15);
        CPPUNIT_ASSERT_EQUAL(std::string("15 3 4"),
                             ask("SELECT remain_quota || ' ' || used_quota || ' ' || accessed_time FROM tokens"));
        CPPUNIT_ASSERT_EQUAL(std::string("u"), ask("SELECT username FROM logs"));
        assertBooks();
    }

    void whoIsNotThereIsSaid()
    {
        CPPUNIT_ASSERT(!balances_->editUser(user_ + 1, Edit::by(1), occasion()));
        CPPUNIT_ASSERT(!balances_->editToken(token_ + 1, Edit::by(1), occasion()));
        CPPUNIT_ASSERT_EQUAL(std::string("0"), ask("SELECT COUNT(*) FROM ledger_entries WHERE cause = 'edit'"));
    }

    void whatDoesNotFitChangesNothing()
    {
        constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
        CPPUNIT_ASSERT_THROW(balances_->editUser(user_, Edit::by(kMost), occasion()), Poco::RangeException);
        balances_->editUser(user_, Edit::to(-100), occasion());
        CPPUNIT_ASSERT_THROW(balances_->editUser(user_, Edit::to(kMost), occasion()), Poco::RangeException);
        CPPUNIT_ASSERT_EQUAL(std::string("-100"), ask("SELECT quota FROM users"));
        assertBooks();
    }

    void aFailureAfterTheUpdateLeavesNothing()
    {
        Occasion failing = occasion();
        failing.logText = [](const BalanceChange&) -> std::string { throw std::runtime_error("no words"); };
        CPPUNIT_ASSERT_THROW(balances_->editUser(user_, Edit::by(1), failing), std::runtime_error);
        addCode("c", RedemptionStatus::unused);
        CPPUNIT_ASSERT_THROW(balances_->redeem("c", user_, failing), std::runtime_error);
        CPPUNIT_ASSERT_EQUAL(std::string("100"), ask("SELECT quota FROM users"));
        CPPUNIT_ASSERT_EQUAL(std::string("1"), ask("SELECT status FROM redemptions"));
        CPPUNIT_ASSERT_EQUAL(std::string("0"), ask("SELECT COUNT(*) FROM ledger_entries WHERE cause <> 'opening'"));
        assertBooks();
    }

    void aCodeIsWorthItsPointsOnce()
    {
        addCode("c", RedemptionStatus::unused);
        addCode("d", RedemptionStatus::disabled);
        const Redeemed first = balances_->redeem("c", user_, occasion());
        CPPUNIT_ASSERT(!first.failure);
        CPPUNIT_ASSERT_EQUAL(int64_t{70}, first.quota);
        CPPUNIT_ASSERT_EQUAL(int64_t{170}, first.change.after);
        CPPUNIT_ASSERT(balances_->redeem("c", user_, occasion()).failure == RedeemFailure::usedOrDisabled);
        CPPUNIT_ASSERT(balances_->redeem("d", user_, occasion()).failure == RedeemFailure::usedOrDisabled);
        CPPUNIT_ASSERT(balances_->redeem("e", user_, occasion()).failure == RedeemFailure::unknownCode);
        CPPUNIT_ASSERT_EQUAL(std::string("170"), ask("SELECT quota FROM users"));
        CPPUNIT_ASSERT_EQUAL(std::string("3 1700000000"),
                             ask("SELECT status || ' ' || redeemed_time FROM redemptions WHERE [key] = 'c'"));
        assertBooks();
    }

    void aCodeOfNobodyIsNotUsedUp()
    {
        addCode("c", RedemptionStatus::unused);
        CPPUNIT_ASSERT(balances_->redeem("c", user_ + 1, occasion()).failure == RedeemFailure::unknownUser);
        CPPUNIT_ASSERT_EQUAL(std::string("1"), ask("SELECT status FROM redemptions"));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(BalancesTest);
