#include "fixture.h"
#include "store/database.h"

#include <Poco/Exception.h>
#include <cppunit/extensions/HelperMacros.h>
#include <future>
#include <sys/stat.h>

using namespace switchyard::store;
using namespace fixture;

class DatabaseTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(DatabaseTest);
    CPPUNIT_TEST(aNewFileIsPrivateAndInWalMode);
    CPPUNIT_TEST(workThatThrowsLeavesNothingBehind);
    CPPUNIT_TEST(keptStatementsAnswerAgainWithOtherParameters);
    CPPUNIT_TEST(anExhaustedPoolLendsAgainAfterFailures);
    CPPUNIT_TEST(writersOfTwoProcessesTakeTurns);
    CPPUNIT_TEST(uniqueViolationsAreRecognised);
    CPPUNIT_TEST(aFileThatIsNoDatabaseIsNamed);
    CPPUNIT_TEST(aMissingDirectoryIsNamed);
    CPPUNIT_TEST_SUITE_END();

    Scratch scratch_;

    static std::string failureOf(const DatabaseSettings& settings)
    {
        try
        {
            Database database(settings, quiet());
        }
        catch (const Poco::Exception& e)
        {
            return e.displayText();
        }
        return "";
    }

public:
    void aNewFileIsPrivateAndInWalMode()
    {
        const mode_t before = umask(0);
        Database database(scratch_.settings(), quiet());
        database.write([](DbSession& s) { s.executeOnce("CREATE TABLE t (a integer)"); });
        umask(before);
        for (const char* name : {"test.db", "test.db-wal"})
        {
            struct stat status
            {
            };
            CPPUNIT_ASSERT_EQUAL_MESSAGE(name, 0, stat(scratch_.path(name).c_str(), &status));
            CPPUNIT_ASSERT_EQUAL_MESSAGE(name, 0600u, status.st_mode & 0777u);
        }
        CPPUNIT_ASSERT_EQUAL(std::string("wal"), askSql(scratch_.path("test.db"), "PRAGMA journal_mode"));
    }

    void workThatThrowsLeavesNothingBehind()
    {
        Database database(scratch_.settings(), quiet());
        database.write([](DbSession& s) { s.executeOnce("CREATE TABLE t (a integer)"); });
        const auto failing = [](DbSession& s)
        {
            s.execute("INSERT INTO [t] VALUES (?)", 1);
            throw Poco::RuntimeException("half way");
        };
        CPPUNIT_ASSERT_THROW(database.write(failing), Poco::RuntimeException);
        CPPUNIT_ASSERT_EQUAL(int64_t{0},
                             database.read([](DbSession& s) { return s.number("SELECT COUNT(*) FROM t"); }));
        database.write([](DbSession& s) { s.execute("INSERT INTO [t] VALUES (?)", 2); }); // the lock is free again
        CPPUNIT_ASSERT_EQUAL(std::string("2"), askSql(scratch_.path("test.db"), "SELECT a FROM t"));
    }

    void keptStatementsAnswerAgainWithOtherParameters()
    {
        Database database(scratch_.settings(), quiet());
        database.write(
            [](DbSession& s)
            {
                s.executeOnce("CREATE TABLE t (a integer, b text)");
                for (int i = 0; i < 5; ++i)
                    CPPUNIT_ASSERT_EQUAL(size_t{1},
                                         s.execute("INSERT INTO t VALUES (?, ?)", i, "text " + std::to_string(i)));
                CPPUNIT_ASSERT_EQUAL(size_t{3}, s.execute("UPDATE t SET b = ? WHERE a > ?", "x", 1));
                using Row = Poco::Tuple<Poco::Int64, std::string>;
                for (int i = 0; i < 5; ++i)
                {
                    const auto rows = s.query<Row>("SELECT a, b FROM t WHERE a = ?", i);
                    CPPUNIT_ASSERT_EQUAL(size_t{1}, rows.size());
                    CPPUNIT_ASSERT_EQUAL(Poco::Int64{i}, rows[0].get<0>());
                    CPPUNIT_ASSERT_EQUAL(i > 1 ? std::string("x") : "text " + std::to_string(i), rows[0].get<1>());
                }
                CPPUNIT_ASSERT_EQUAL(size_t{0}, s.query<Row>("SELECT a, b FROM t WHERE a = ?", 77).size());
                CPPUNIT_ASSERT_EQUAL(size_t{5}, s.query<Poco::Int64>("SELECT a FROM t").size());
            });
    }

    void anExhaustedPoolLendsAgainAfterFailures()
    {
        DatabaseSettings settings = scratch_.settings();
        settings.maxSessions = 1;
        Database database(settings, quiet());
        for (int i = 0; i < 5; ++i)
            CPPUNIT_ASSERT_THROW(database.read([](DbSession& s) { s.number("SELECT nonsense"); }), Poco::Exception);
        CPPUNIT_ASSERT_EQUAL(int64_t{1}, database.read([](DbSession& s) { return s.number("SELECT 1"); }));
    }

    void writersOfTwoProcessesTakeTurns()
    {
        Database one(scratch_.settings(), quiet());
        Database other(scratch_.settings(),
                       quiet()); // a Database shares nothing with another: as good as two processes
        one.write(
            [](DbSession& s)
            {
                s.executeOnce("CREATE TABLE t (a integer)");
                s.execute("INSERT INTO t VALUES (0)");
            });
        constexpr int kRounds = 200;
        const auto count = [](Database& database)
        {
            for (int i = 0; i < kRounds; ++i)
                database.write(
                    [](DbSession& s)
                    {
                        const int64_t seen = s.number("SELECT a FROM t");
                        s.execute("UPDATE t SET a = ?", seen + 1);
                    });
        };
        auto first = std::async(std::launch::async, count, std::ref(one));
        auto second = std::async(std::launch::async, count, std::ref(other));
        first.get();
        second.get();
        CPPUNIT_ASSERT_EQUAL(std::to_string(2 * kRounds), askSql(scratch_.path("test.db"), "SELECT a FROM t"));
    }

    void uniqueViolationsAreRecognised()
    {
        Database database(scratch_.settings(), quiet());
        database.write([](DbSession& s) { s.executeOnce("CREATE TABLE t (a integer PRIMARY KEY)"); });
        try
        {
            database.write(
                [](DbSession& s)
                {
                    s.execute("INSERT INTO t VALUES (?)", 1);
                    s.execute("INSERT INTO t VALUES (?)", 1);
                });
            CPPUNIT_FAIL("the second row went in");
        }
        catch (const Poco::Exception& e)
        {
            CPPUNIT_ASSERT(isUniqueViolation(e));
        }
        CPPUNIT_ASSERT(!isUniqueViolation(Poco::RuntimeException("something else")));
    }

    void aFileThatIsNoDatabaseIsNamed()
    {
        FILE* file = fopen(scratch_.path("test.db").c_str(), "w");
        fputs("This is a text file and surely no database, however long one looks at it.", file);
        fclose(file);
        const std::string text = failureOf(scratch_.settings());
        CPPUNIT_ASSERT_MESSAGE(text, text.find(scratch_.path("test.db")) != std::string::npos);
        CPPUNIT_ASSERT_MESSAGE(text, text.find("SQLITE_PATH") != std::string::npos);
    }

    void aMissingDirectoryIsNamed()
    {
        const std::string text = failureOf(scratch_.settings("no/such/test.db"));
        CPPUNIT_ASSERT_MESSAGE(text, text.find("no/such/test.db: No such file or directory") != std::string::npos);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(DatabaseTest);
