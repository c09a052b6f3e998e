#include "store/writer_session.h"

#include "fixture.h"

#include <Poco/Exception.h>
#include <atomic>
#include <cppunit/extensions/HelperMacros.h>
#include <future>

using namespace switchyard::store;
using namespace fixture;

class WriterSessionTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(WriterSessionTest);
    CPPUNIT_TEST(aStepThatThrowsLeavesNothingBehind);
    CPPUNIT_TEST(aCommitThatThrowsLeavesNothingBehind);
    CPPUNIT_TEST(aBeginThatThrowsLeavesTheWriterUsable);
    CPPUNIT_TEST(statementsAreKeptFromOneTransactionToTheNext);
    CPPUNIT_TEST(itsCommitsReachTheDisk);
    CPPUNIT_TEST(otherWritersWaitForTheOpenTransaction);
    CPPUNIT_TEST(onlyOthersCommitsAreSeenAsForeign);
    CPPUNIT_TEST(stepsInTheWrongOrderAreRefused);
    CPPUNIT_TEST(faultsAreToldApart);
    CPPUNIT_TEST_SUITE_END();

    Scratch scratch_;
    std::unique_ptr<Database> database_;

    std::string file() { return scratch_.path("test.db"); }
    std::string sum() { return askSql(file(), "SELECT COALESCE(SUM(a), 0) FROM t"); }

    template <class Work>
    static WriteFault faultIn(Work work)
    {
        try
        {
            work();
        }
        catch (const Poco::Exception& e)
        {
            return faultOf(e);
        }
        CPPUNIT_FAIL("it worked");
        return WriteFault::rejected;
    }

public:
    void setUp() override
    {
        DatabaseSettings settings = scratch_.settings();
        settings.busyTimeout = std::chrono::milliseconds(50);
        database_ = std::make_unique<Database>(settings, quiet());
        runSql(file(), "CREATE TABLE t (a integer UNIQUE);\n");
    }

    void aStepThatThrowsLeavesNothingBehind()
    {
        constexpr int kSteps = 5;
        // What throws is our own code in between, or a statement that is refused.
        for (const bool statement : {false, true})
            for (int failing = 0; failing < kSteps; ++failing)
            {
                WriterSession writer(*database_);
                const auto work = [&](DbSession& session)
                {
                    for (int step = 0; step < kSteps; ++step)
                    {
                        if (step == failing && statement) session.execute("INSERT INTO [nowhere] VALUES (?)", step);
                        if (step == failing) throw Poco::RuntimeException("half way");
                        session.execute("INSERT INTO [t] VALUES (?)", step);
                    }
                };
                CPPUNIT_ASSERT_THROW(writer.write(work), Poco::Exception);
                CPPUNIT_ASSERT(!writer.open());
                CPPUNIT_ASSERT_EQUAL(std::string("0"), sum());
                CPPUNIT_ASSERT_THROW(database_->write(work), Poco::Exception); // the pool's way, too
                CPPUNIT_ASSERT_EQUAL(std::string("0"), sum());
                writer.write([](DbSession& session) { session.execute("INSERT INTO [t] VALUES (?)", 9); });
                CPPUNIT_ASSERT_EQUAL(std::string("9"), sum());
                database_->write([](DbSession& session) { session.execute("DELETE FROM [t]"); });
            }
    }

    void aCommitThatThrowsLeavesNothingBehind()
    {
        runSql(file(), "CREATE TABLE parent (id integer PRIMARY KEY);\n"
                       "CREATE TABLE child (id integer REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED);\n");
        const auto orphan = [](DbSession& session)
        {
            session.execute("INSERT INTO [t] VALUES (?)", 1);
            session.execute("INSERT INTO [child] VALUES (?)", 1); // refused at COMMIT
        };
        WriterSession writer(*database_);
        writer.write([](DbSession& session) { session.execute("SELECT 1"); });
        for (int round = 0; round < 3; ++round)
        {
            const auto work = [&](DbSession& session)
            {
                session.execute("PRAGMA defer_foreign_keys = ON");
                orphan(session);
            };
            {
                const auto foreignKeys = [](DbSession& session) { session.executeOnce("PRAGMA foreign_keys = ON"); };
                // Foreign keys can only be turned on outside a transaction.
                DbSession& session = writer.begin();
                session.execute("COMMIT");
                foreignKeys(session);
                session.execute("BEGIN IMMEDIATE");
                work(session);
            }
            CPPUNIT_ASSERT_THROW(writer.commit(), Poco::Exception);
            CPPUNIT_ASSERT(!writer.open());
            CPPUNIT_ASSERT_EQUAL(std::string("0"), sum());
        }
        database_->write([](DbSession& session) { session.execute("INSERT INTO [t] VALUES (?)", 5); });
        CPPUNIT_ASSERT_EQUAL(std::string("5"), sum());
    }

    void aBeginThatThrowsLeavesTheWriterUsable()
    {
        WriterSession writer(*database_);
        {
            Database other(scratch_.settings(), quiet());
            WriterSession holder(other);
            holder.begin();
            CPPUNIT_ASSERT(WriteFault::busy == faultIn([&] { writer.begin(); }));
            CPPUNIT_ASSERT(!writer.open());
        }
        writer.write([](DbSession& session) { session.execute("INSERT INTO [t] VALUES (?)", 1); });
        CPPUNIT_ASSERT_EQUAL(std::string("1"), sum());
    }

    void statementsAreKeptFromOneTransactionToTheNext()
    {
        WriterSession writer(*database_);
        DbSession* first = &writer.begin();
        writer.commit();
        CPPUNIT_ASSERT_EQUAL(first, &writer.begin());
    }

    void itsCommitsReachTheDisk()
    {
        WriterSession writer(*database_);
        CPPUNIT_ASSERT_EQUAL(int64_t{2}, writer.write([](DbSession& s) { return s.number("PRAGMA synchronous"); }));
        CPPUNIT_ASSERT_EQUAL(int64_t{1}, database_->write([](DbSession& s) { return s.number("PRAGMA synchronous"); }));
    }

    void otherWritersWaitForTheOpenTransaction()
    {
        WriterSession writer(*database_);
        writer.begin().execute("INSERT INTO [t] VALUES (?)", 1);
        std::atomic<bool> open{true};
        auto other = std::async(std::launch::async,
                                [&]
                                {
                                    return database_->write(
                                        [&](DbSession& session)
                                        {
                                            const bool early = open;
                                            session.execute("INSERT INTO [t] VALUES (?)", 2);
                                            return early;
                                        });
                                });
        // Longer than the busy timeout: it waits for the writer and not at the file's lock.
        CPPUNIT_ASSERT(other.wait_for(std::chrono::milliseconds(200)) == std::future_status::timeout);
        open = false;
        writer.commit();
        CPPUNIT_ASSERT(!other.get());
        CPPUNIT_ASSERT_EQUAL(std::string("3"), sum());
    }

    void onlyOthersCommitsAreSeenAsForeign()
    {
        WriterSession writer(*database_);
        const auto asked = [&](int value)
        {
            return writer.write(
                [&](DbSession& session)
                {
                    session.execute("INSERT INTO [t] VALUES (?)", value);
                    return writer.othersHaveWritten();
                });
        };
        CPPUNIT_ASSERT(asked(1));
        CPPUNIT_ASSERT(!asked(2));
        CPPUNIT_ASSERT(!asked(3));
        runSql(file(), "INSERT INTO t VALUES (100);\n");
        CPPUNIT_ASSERT(asked(4));
        CPPUNIT_ASSERT(!asked(5));
        database_->write([](DbSession& session) { session.execute("INSERT INTO [t] VALUES (?)", 101); });
        // What was asked in a transaction that was given up counts as not asked.
        writer.begin();
        CPPUNIT_ASSERT(writer.othersHaveWritten());
        writer.abandon();
        CPPUNIT_ASSERT(asked(6));
        CPPUNIT_ASSERT(!asked(7));
    }

    void stepsInTheWrongOrderAreRefused()
    {
        WriterSession writer(*database_);
        CPPUNIT_ASSERT_THROW(writer.commit(), Poco::IllegalStateException);
        CPPUNIT_ASSERT_THROW(writer.othersHaveWritten(), Poco::IllegalStateException);
        writer.begin();
        CPPUNIT_ASSERT_THROW(writer.begin(), Poco::IllegalStateException);
        writer.abandon();
        writer.abandon();
    }

    void faultsAreToldApart()
    {
        WriterSession writer(*database_);
        const auto run = [&](const std::string& sql)
        { return faultIn([&] { writer.write([&](DbSession& session) { session.executeOnce(sql); }); }); };
        CPPUNIT_ASSERT(WriteFault::rejected == run("INSERT INTO nowhere VALUES (1)"));
        writer.write([](DbSession& session) { session.execute("INSERT INTO [t] VALUES (?)", 1); });
        CPPUNIT_ASSERT(WriteFault::rejected == run("INSERT INTO t VALUES (1)"));
        // A full disk: no page more than there are.
        CPPUNIT_ASSERT(WriteFault::lost == faultIn(
                                               [&]
                                               {
                                                   writer.write(
                                                       [](DbSession& session)
                                                       {
                                                           session.number("PRAGMA max_page_count = 1");
                                                           session.executeOnce("CREATE TABLE big (a text)");
                                                       });
                                               }));
        const auto said = [](const char* text) { return faultOf(Poco::RuntimeException(text)); };
        CPPUNIT_ASSERT(WriteFault::busy == said("ERROR ... State: 40P01"));
        CPPUNIT_ASSERT(WriteFault::busy == said("[mysql_stmt_errno]: 1213"));
        CPPUNIT_ASSERT(WriteFault::lost == said("State: 57P01"));
        CPPUNIT_ASSERT(WriteFault::lost == said("[mysql_stmt_errno]: 2006"));
        CPPUNIT_ASSERT(WriteFault::rejected == said("State: 22001"));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(WriterSessionTest);
