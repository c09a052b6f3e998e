#include "store/snapshot_keeper.h"

#include "base/clock.h"
#include "fixture.h"
#include "store/key_sealer.h"
#include "store/ledger_repository.h"
#include "store/migrations.h"
#include "store/option_repository.h"
#include "store/writer_session.h"

#include <condition_variable>
#include <cppunit/extensions/HelperMacros.h>
#include <fstream>
#include <mutex>

using namespace switchyard::store;
using namespace fixture;
using std::chrono::milliseconds;

namespace
{

/// Takes snapshots and lets a test wait for one.
class Inbox
{
public:
    void take(SnapshotPtr snapshot)
    {
        const std::lock_guard lock(mutex_);
        newest_ = std::move(snapshot);
        ++count_;
        arrived_.notify_all();
    }

    template <class Condition>
    bool waitFor(Condition condition, milliseconds limit = milliseconds(5000))
    {
        std::unique_lock lock(mutex_);
        return arrived_.wait_for(lock, limit, [&] { return newest_ && condition(*newest_); });
    }

    int count()
    {
        const std::lock_guard lock(mutex_);
        return count_;
    }

private:
    std::mutex mutex_;
    std::condition_variable arrived_;
    SnapshotPtr newest_;
    int count_ = 0;
};

} // namespace

class KeeperTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(KeeperTest);
    CPPUNIT_TEST(aChangeFromOutsideIsSeenWithinAPeriod);
    CPPUNIT_TEST(aWriteOfOurOwnIsSeenAtOnceWhenTold);
    CPPUNIT_TEST(nothingIsPublishedWhenNothingChanges);
    CPPUNIT_TEST(everyColumnThatRequestsDependOnIsWatched);
    CPPUNIT_TEST(balancesAndWhatIsWrittenAgainCauseNoReload);
    CPPUNIT_TEST(changesAreCountedAgainAfterATableWasRebuilt);
    CPPUNIT_TEST(aRestoredDatabaseIsRead);
    CPPUNIT_TEST(aReloadPublishesEvenWithoutAChange);
    CPPUNIT_TEST(aDatabaseInTroubleKeepsTheLastSnapshot);
    CPPUNIT_TEST(aDatabaseInTroubleAtStartIsAnError);
    CPPUNIT_TEST_SUITE_END();

    Scratch scratch_;
    std::unique_ptr<Database> database_;
    const PlainKeys keys_;
    Inbox inbox_;

    std::string file() { return scratch_.path("test.db"); }

    std::unique_ptr<SnapshotKeeper> keeper(milliseconds period)
    {
        auto made = std::make_unique<SnapshotKeeper>(*database_, keys_, quiet(), period);
        CPPUNIT_ASSERT(!made->current());
        made->start();
        made->subscribe([this](SnapshotPtr snapshot) { inbox_.take(std::move(snapshot)); });
        return made;
    }

    size_t linesWith(const std::string& words)
    {
        size_t count = 0;
        std::string line;
        for (const auto& entry : std::filesystem::directory_iterator(scratch_.path("logs")))
            for (std::ifstream in(entry.path()); std::getline(in, line);)
                count += line.find(words) != std::string::npos;
        return count;
    }

    bool logSays(switchyard::telemetry::Logger& log, const std::string& words)
    {
        for (const int64_t end = switchyard::steadyMillis() + 5000; switchyard::steadyMillis() < end;)
        {
            log.info("the test looks"); // makes the file, and a line to flush
            log.flush();
            if (linesWith(words) > 0) return true;
        }
        return false;
    }

public:
    void setUp() override
    {
        database_ = std::make_unique<Database>(scratch_.settings(), quiet());
        migrate(*database_, quiet());
    }

    void aChangeFromOutsideIsSeenWithinAPeriod()
    {
        const auto watching = keeper(milliseconds(200));
        CPPUNIT_ASSERT_EQUAL(1, inbox_.count()); // subscribing hands over what is there
        const int64_t began = switchyard::steadyMillis();
        runSql(file(), "INSERT INTO tokens (id, user_id, `key`) VALUES (1, 1, 'fresh');\n");
        CPPUNIT_ASSERT(inbox_.waitFor([](const Snapshot& s) { return s.tokenByKey("fresh") != nullptr; }));
        CPPUNIT_ASSERT(switchyard::steadyMillis() - began < 1000);
        CPPUNIT_ASSERT(watching->current()->tokenByKey("fresh"));
        runSql(file(), "DELETE FROM tokens;\n");
        CPPUNIT_ASSERT(inbox_.waitFor([](const Snapshot& s) { return s.tokenByKey("fresh") == nullptr; }));
    }

    void aWriteOfOurOwnIsSeenAtOnceWhenTold()
    {
        const auto watching = keeper(std::chrono::hours(1));
        database_->write([](DbSession& s) { OptionRepository(s).set("RetryTimes", "5"); });
        watching->changed();
        CPPUNIT_ASSERT(inbox_.waitFor([](const Snapshot& s) { return s.options().retryTimes() == 5; }));
    }

    void nothingIsPublishedWhenNothingChanges()
    {
        const auto watching = keeper(milliseconds(1));
        for (int i = 0; i < 50; ++i)
            watching->changed();
        runSql(file(), "INSERT INTO options VALUES ('RetryTimes', '9');\n"); // the one change
        CPPUNIT_ASSERT(inbox_.waitFor([](const Snapshot& s) { return s.options().retryTimes() == 9; }));
        CPPUNIT_ASSERT_EQUAL(2, inbox_.count());
        CPPUNIT_ASSERT_EQUAL(uint64_t{2}, watching->current()->number());
    }

    void everyColumnThatRequestsDependOnIsWatched()
    {
        runSql(file(), "INSERT INTO users (id, username, password) VALUES (5, 'u', '');\n"
                       "INSERT INTO tokens (id, user_id, `key`) VALUES (5, 5, 'k');\n"
                       "INSERT INTO channels (id, type, `key`) VALUES (5, 1, 'c');\n"
                       "INSERT INTO options VALUES ('Notice', 'n');\n");
        const auto watching = keeper(milliseconds(20));
        const std::pair<const char*, std::vector<const char*>> tables[] = {
            {"users", {"username", "role", "status", "group"}},
            {"tokens", {"user_id", "key", "status", "name", "expired_time", "unlimited_quota", "models", "subnet"}},
            {"channels",
             {"type", "provider", "key", "status", "name", "weight", "base_url", "other", "models", "group",
              "model_mapping", "priority", "config", "system_prompt", "settings"}},
            {"options", {"value", "key"}}};
        const auto expectPublication = [&](const std::string& sql)
        {
            const uint64_t before = watching->current()->number();
            const int64_t began = switchyard::steadyMillis();
            runSql(file(), sql);
            CPPUNIT_ASSERT_MESSAGE(sql, inbox_.waitFor([&](const Snapshot& s) { return s.number() > before; }));
            CPPUNIT_ASSERT_MESSAGE(sql, switchyard::steadyMillis() - began < 1000);
        };
        for (const auto& [table, columns] : tables)
            for (const char* column : columns)
                for (const char* value : {"'7'", "NULL"}) // to something, and from it to NULL
                    expectPublication("UPDATE " + std::string(table) + " SET `" + column + "` = " + value +
                                      (std::string(table) == "options" ? ";\n" : " WHERE id = 5;\n"));
        for (const char* table : {"users", "tokens", "channels"})
        {
            expectPublication("UPDATE " + std::string(table) + " SET id = 6 WHERE id = 5;\n");
            expectPublication("DELETE FROM " + std::string(table) + " WHERE id = 6;\n");
        }
        expectPublication("INSERT OR REPLACE INTO options VALUES ('7', 'replaced');\n");
        expectPublication("DELETE FROM options;\n");
    }

    void balancesAndWhatIsWrittenAgainCauseNoReload()
    {
        runSql(file(), "INSERT INTO users (id, username, password) VALUES (5, 'u', '');\n"
                       "INSERT INTO tokens (id, user_id, `key`, remain_quota) VALUES (5, 5, 'k', 10);\n"
                       "INSERT INTO channels (id, type, `key`) VALUES (5, 1, 'c');\n");
        const auto watching = keeper(milliseconds(1));
        const uint64_t before = watching->current()->number();
        WriterSession writer(*database_);
        for (int i = 1; i <= 1000; ++i)
        {
            writer.write(
                [&](DbSession& session)
                {
                    LedgerRepository ledger(session);
                    ledger.applyToUser(5, -1, 1, 1);
                    ledger.applyToToken(5, -1, 1, i);
                    ledger.addChannelUse(5, 1);
                    LogRow row;
                    row.journalSeq = i;
                    ledger.insertLogs({&row, 1});
                });
            watching->changed();
        }
        // A form that is saved whole with what was there, and a channel test's result.
        runSql(file(), "UPDATE users SET username = 'u', role = role, quota = 77 WHERE id = 5;\n"
                       "UPDATE channels SET response_time = 12, balance = 3.5, test_time = 1 WHERE id = 5;\n"
                       "UPDATE options SET value = 'next' WHERE `key` = 'none';\n");
        runSql(file(), "INSERT INTO options VALUES ('RetryTimes', '4');\n"); // the one change
        CPPUNIT_ASSERT(inbox_.waitFor([](const Snapshot& s) { return s.options().retryTimes() == 4; }));
        CPPUNIT_ASSERT_EQUAL(before + 1, watching->current()->number());
    }

    void changesAreCountedAgainAfterATableWasRebuilt() // as One API's migration does when a type differs
    {
        const auto watching = keeper(milliseconds(20));
        runSql(file(), "CREATE TABLE options__temp (`key` text, value text, PRIMARY KEY (`key`));\n"
                       "INSERT INTO options__temp SELECT * FROM options;\n"
                       "DROP TABLE options;\n"
                       "ALTER TABLE options__temp RENAME TO options;\n"
                       "INSERT INTO options VALUES ('RetryTimes', '4');\n");
        CPPUNIT_ASSERT(inbox_.waitFor([](const Snapshot& s) { return s.options().retryTimes() == 4; }));
        CPPUNIT_ASSERT_EQUAL(std::string("3"),
                             askSql(file(), "SELECT COUNT(*) FROM sqlite_master WHERE type = 'trigger' AND tbl_name = "
                                            "'options'"));
        runSql(file(), "UPDATE options SET value = '6';\n");
        CPPUNIT_ASSERT(inbox_.waitFor([](const Snapshot& s) { return s.options().retryTimes() == 6; }));
        // Its triggers alone are lost.
        runSql(file(), "DROP TRIGGER switchyard_options_update;\nUPDATE options SET value = '7';\n");
        CPPUNIT_ASSERT(inbox_.waitFor([](const Snapshot& s) { return s.options().retryTimes() == 7; }));
        runSql(file(), "UPDATE options SET value = '8';\n");
        CPPUNIT_ASSERT(inbox_.waitFor([](const Snapshot& s) { return s.options().retryTimes() == 8; }));
    }

    void aRestoredDatabaseIsRead()
    {
        const std::string then = askSql(file(), "SELECT number FROM switchyard_changes");
        runSql(file(), "INSERT INTO options VALUES ('RetryTimes', '4');\n");
        const auto watching = keeper(milliseconds(20));
        CPPUNIT_ASSERT_EQUAL(4, watching->current()->options().retryTimes());
        // What `.restore` leaves: the rows and the count of an earlier day.
        runSql(file(), "BEGIN;\nDELETE FROM options;\nUPDATE switchyard_changes SET number = " + then + ";\nCOMMIT;\n");
        CPPUNIT_ASSERT(inbox_.waitFor([](const Snapshot& s) { return s.options().retryTimes() != 4; }));
    }

    void aReloadPublishesEvenWithoutAChange()
    {
        const auto watching = keeper(std::chrono::hours(1));
        watching->reload();
        CPPUNIT_ASSERT(inbox_.waitFor([](const Snapshot& s) { return s.number() == 2; }));
    }

    void aDatabaseInTroubleKeepsTheLastSnapshot()
    {
        switchyard::telemetry::LogSettings settings;
        settings.console = switchyard::telemetry::Console::none;
        settings.directory = scratch_.path("logs");
        switchyard::telemetry::Logger log(settings);
        runSql(file(), "INSERT INTO options VALUES ('RetryTimes', '3');\n");
        SnapshotKeeper watching(*database_, keys_, log, milliseconds(1));
        watching.start();
        watching.subscribe([this](SnapshotPtr snapshot) { inbox_.take(std::move(snapshot)); });

        runSql(file(), "ALTER TABLE tokens RENAME TO tokens_away;\nINSERT INTO options VALUES ('Footer', 'later');\n");
        CPPUNIT_ASSERT(logSays(log, "cannot be read"));
        CPPUNIT_ASSERT_EQUAL(3, watching.current()->options().retryTimes());
        CPPUNIT_ASSERT_EQUAL(std::string(), watching.current()->options().text("Footer"));

        runSql(file(), "ALTER TABLE tokens_away RENAME TO tokens;\n"); // mended
        CPPUNIT_ASSERT(inbox_.waitFor([](const Snapshot& s) { return s.options().text("Footer") == "later"; }));
        CPPUNIT_ASSERT(logSays(log, "can be read again"));
        CPPUNIT_ASSERT_EQUAL(size_t{1}, linesWith("cannot be read")); // however many rounds it lasted
    }

    void aDatabaseInTroubleAtStartIsAnError()
    {
        runSql(file(), "DROP TABLE tokens;\n");
        SnapshotKeeper watching(*database_, keys_, quiet());
        CPPUNIT_ASSERT_THROW(watching.start(), Poco::Exception);
        CPPUNIT_ASSERT(!watching.current());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(KeeperTest);
