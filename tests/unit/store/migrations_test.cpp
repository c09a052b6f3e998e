#include "store/migrations.h"

#include "fixture.h"
#include "store/first_start.h"
#include "store/ledger_schema.h"

#include <Poco/Data/RecordSet.h>
#include <Poco/Exception.h>
#include <cppunit/extensions/HelperMacros.h>
#include <thread>

using namespace switchyard::store;
using namespace fixture;

class MigrationsTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(MigrationsTest);
    CPPUNIT_TEST(anEmptyDatabaseGetsOneApisSchema);
    CPPUNIT_TEST(aDatabaseOfOneApiKeepsItsRows);
    CPPUNIT_TEST(aSecondStartChangesNothing);
    CPPUNIT_TEST(missingColumnsAndIndexesAreAdded);
    CPPUNIT_TEST(aUniqueIndexThatRowsContradictIsLeftOut);
    CPPUNIT_TEST(anIndexOfAnotherNameServes);
    CPPUNIT_TEST(aNewerDatabaseIsRefused);
    CPPUNIT_TEST(twoProcessesMigrateAtOnce);
    CPPUNIT_TEST_SUITE_END();

    Scratch scratch_;

    // Columns (name, type, not null, default, place in the key) and indexes (unique, columns) of One API's tables.
    static std::string shape(const std::string& path)
    {
        std::string all, ours = "'provider', 'settings'";
        for (const Column& column : logAdditions().columns)
            ours += ", '" + std::string(column.name) + "'";
        for (const char* table : {"channels", "tokens", "users", "options", "redemptions", "abilities", "logs"})
        {
            const std::string name(table);
            all += name + ": " +
                   askSql(path, "SELECT group_concat(name || ' ' || type || ' ' || [notnull] || ' ' || "
                                "coalesce(dflt_value, '-') || ' ' || pk, ', ') FROM pragma_table_info('" +
                                    name + "') WHERE name NOT IN (" + ours + ")") +
                   "\n";
            all += askSql(path,
                          "SELECT group_concat(line, '; ') FROM (SELECT l.name || ' ' || l.[unique] || ' ' || l.origin "
                          "|| ' ' || (SELECT group_concat(name) FROM pragma_index_info(l.name)) AS line FROM "
                          "pragma_index_list('" +
                              name + "') l WHERE l.name <> 'idx_logs_request_id' ORDER BY 1)") +
                   "\n";
        }
        return all;
    }

    void migrateFile(const std::string& name)
    {
        Database database(scratch_.settings(name), quiet());
        migrate(database, quiet());
    }

public:
    void anEmptyDatabaseGetsOneApisSchema()
    {
        makeOneApiDatabase(scratch_.path("theirs.db"));
        migrateFile("ours.db");
        CPPUNIT_ASSERT_EQUAL(shape(scratch_.path("theirs.db")), shape(scratch_.path("ours.db")));
        CPPUNIT_ASSERT(shape(scratch_.path("ours.db")).find("unlimited_quota") != std::string::npos);
    }

    void aDatabaseOfOneApiKeepsItsRows()
    {
        makeOneApiDatabase(scratch_.path("test.db"));
        const std::string before = shape(scratch_.path("test.db"));
        migrateFile("test.db");
        CPPUNIT_ASSERT_EQUAL(before, shape(scratch_.path("test.db")));
        CPPUNIT_ASSERT_EQUAL(std::string("old row"), askSql(scratch_.path("test.db"), "SELECT content FROM logs"));
        CPPUNIT_ASSERT_EQUAL(std::string("2"),
                             askSql(scratch_.path("test.db"),
                                    "SELECT COUNT(*) FROM channels WHERE provider IS NULL AND settings IS NULL"));
        CPPUNIT_ASSERT_EQUAL(std::string("1"),
                             askSql(scratch_.path("test.db"),
                                    "SELECT COUNT(*) FROM logs WHERE branch IS NULL AND unpaid IS NULL AND "
                                    "journal_seq IS NULL AND detail IS NULL"));
    }

    void aSecondStartChangesNothing()
    {
        makeOneApiDatabase(scratch_.path("test.db"));
        migrateFile("test.db");
        const std::string once = dump(scratch_.path("test.db"));
        CPPUNIT_ASSERT(once.find("|linkey") != std::string::npos);
        {
            Database database(scratch_.settings(), quiet());
            migrate(database, quiet());
            CPPUNIT_ASSERT(!createRootIfEmpty(database, {}, quiet()).created);
        }
        CPPUNIT_ASSERT_EQUAL(once, dump(scratch_.path("test.db")));
    }

    void missingColumnsAndIndexesAreAdded() // an old One API: other order, no subnet, no system prompt, extra column
    {
        runSql(scratch_.path("test.db"),
               "CREATE TABLE tokens (name text, id integer PRIMARY KEY, `key` char(48), old_field text);\n"
               "INSERT INTO tokens VALUES ('n', 5, 'k', 'kept');\n"
               "CREATE TABLE users (id integer PRIMARY KEY, username text);\n"
               "INSERT INTO users VALUES (1, 'root');\n");
        migrateFile("test.db");
        const std::string path = scratch_.path("test.db");
        CPPUNIT_ASSERT_EQUAL(
            std::string("k kept -1 0"),
            askSql(path,
                   "SELECT `key` || ' ' || old_field || ' ' || expired_time || ' ' || unlimited_quota FROM tokens"));
        CPPUNIT_ASSERT_EQUAL(std::string("root  default"),
                             askSql(path, "SELECT username || ' ' || password || ' ' || `group` FROM users"));
        CPPUNIT_ASSERT_EQUAL(std::string("1"),
                             askSql(path, "SELECT COUNT(*) FROM sqlite_master WHERE name = 'idx_tokens_key'"));
    }

    void aUniqueIndexThatRowsContradictIsLeftOut()
    {
        runSql(scratch_.path("test.db"), "CREATE TABLE users (id integer PRIMARY KEY, username text, aff_code text);\n"
                                         "INSERT INTO users VALUES (1, 'a', ''), (2, 'b', '');\n");
        migrateFile("test.db");
        const std::string path = scratch_.path("test.db");
        CPPUNIT_ASSERT_EQUAL(std::string("2"), askSql(path, "SELECT COUNT(*) FROM users"));
        CPPUNIT_ASSERT_EQUAL(std::string("0"),
                             askSql(path, "SELECT COUNT(*) FROM sqlite_master WHERE name = 'idx_users_aff_code'"));
        CPPUNIT_ASSERT_EQUAL(std::string("1"),
                             askSql(path, "SELECT COUNT(*) FROM sqlite_master WHERE name = 'idx_users_access_token'"));
    }

    void anIndexOfAnotherNameServes()
    {
        runSql(scratch_.path("test.db"), "CREATE TABLE options (`key` text PRIMARY KEY, value text);\n"
                                         "CREATE TABLE redemptions (id integer PRIMARY KEY, `key` char(32));\n"
                                         "CREATE UNIQUE INDEX some_other_name ON redemptions (`key`);\n");
        migrateFile("test.db");
        CPPUNIT_ASSERT_EQUAL(
            std::string("some_other_name"),
            askSql(scratch_.path("test.db"),
                   "SELECT group_concat(l.name) FROM pragma_index_list('redemptions') l WHERE l.[unique] = 1"));
    }

    void aNewerDatabaseIsRefused()
    {
        migrateFile("test.db");
        runSql(scratch_.path("test.db"), "INSERT INTO switchyard_migrations VALUES (9999, 'from the future', 0);\n");
        CPPUNIT_ASSERT_THROW(migrateFile("test.db"), Poco::IllegalStateException);
    }

    void twoProcessesMigrateAtOnce()
    {
        std::vector<std::thread> processes;
        std::atomic<int> failures{0};
        for (int i = 0; i < 4; ++i)
            processes.emplace_back(
                [&]
                {
                    try
                    {
                        migrateFile("test.db");
                    }
                    catch (const Poco::Exception&)
                    {
                        ++failures;
                    }
                });
        for (std::thread& process : processes)
            process.join();
        CPPUNIT_ASSERT_EQUAL(0, failures.load());
        CPPUNIT_ASSERT_EQUAL(std::string("1,2,3,4"), askSql(scratch_.path("test.db"),
                                                            "SELECT group_concat(version) FROM switchyard_migrations"));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(MigrationsTest);
