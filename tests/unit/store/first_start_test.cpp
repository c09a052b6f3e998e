#include "store/first_start.h"

#include "fixture.h"
#include "store/migrations.h"
#include "store/password.h"

#include <atomic>
#include <cppunit/extensions/HelperMacros.h>
#include <fstream>
#include <sys/stat.h>
#include <thread>

using namespace switchyard::store;
using namespace fixture;

class FirstStartTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(FirstStartTest);
    CPPUNIT_TEST(anEmptyDatabaseGetsARootWithAPasswordOfItsOwn);
    CPPUNIT_TEST(givenSecretsAreTakenAsTheyAre);
    CPPUNIT_TEST(aDatabaseWithUsersIsLeftAlone);
    CPPUNIT_TEST(twoProcessesMakeOneRoot);
    CPPUNIT_TEST(hashesOfOthersAreRead);
    CPPUNIT_TEST_SUITE_END();

    Scratch scratch_;

    std::string ask(const std::string& sql) { return askSql(scratch_.path("test.db"), sql); }

    FirstStart start(const RootSeed& seed)
    {
        Database database(scratch_.settings(), quiet());
        migrate(database, quiet());
        return createRootIfEmpty(database, seed, quiet());
    }

public:
    void anEmptyDatabaseGetsARootWithAPasswordOfItsOwn()
    {
        const FirstStart first = start({});
        CPPUNIT_ASSERT(first.created);
        CPPUNIT_ASSERT_EQUAL(
            std::string("root 100 1 500000000000000 default"),
            ask("SELECT username || ' ' || role || ' ' || status || ' ' || quota || ' ' || `group` FROM users"));
        CPPUNIT_ASSERT_EQUAL(std::string("32"), ask("SELECT length(access_token) FROM users"));
        CPPUNIT_ASSERT_EQUAL(std::string("0"), ask("SELECT COUNT(*) FROM tokens"));
        const std::string hash = ask("SELECT password FROM users");
        CPPUNIT_ASSERT_MESSAGE(hash, hash.starts_with("$2a$10$") && hash.size() == 60);
        CPPUNIT_ASSERT(passwordMatches(first.password, hash));
        CPPUNIT_ASSERT(!passwordMatches(first.password + "x", hash));

        std::string kept;
        std::getline(std::ifstream(first.passwordFile), kept);
        CPPUNIT_ASSERT_EQUAL(first.password, kept);
        struct stat status
        {
        };
        CPPUNIT_ASSERT_EQUAL(0, stat(first.passwordFile.c_str(), &status));
        CPPUNIT_ASSERT_EQUAL(0600u, status.st_mode & 0777u);
    }

    void givenSecretsAreTakenAsTheyAre()
    {
        const FirstStart first = start({"pw", "initialTokenKey", "0123456789abcdef0123456789abcdef"});
        CPPUNIT_ASSERT(first.created && first.password.empty() && first.passwordFile.empty());
        CPPUNIT_ASSERT(!std::filesystem::exists(scratch_.path("test.db.root-password")));
        CPPUNIT_ASSERT(passwordMatches("pw", ask("SELECT password FROM users")));
        CPPUNIT_ASSERT_EQUAL(std::string("0123456789abcdef0123456789abcdef"), ask("SELECT access_token FROM users"));
        CPPUNIT_ASSERT_EQUAL(std::string("1 initialTokenKey 1 -1 1 500000000000000"),
                             ask("SELECT user_id || ' ' || `key` || ' ' || status || ' ' || expired_time || ' ' || "
                                 "unlimited_quota || ' ' || remain_quota FROM tokens"));
    }

    void aDatabaseWithUsersIsLeftAlone()
    {
        makeOneApiDatabase(scratch_.path("test.db"));
        CPPUNIT_ASSERT(!start({"other password", "othertoken", ""}).created);
        CPPUNIT_ASSERT_EQUAL(std::string("$2a$10$x"), ask("SELECT password FROM users WHERE id = 1"));
        CPPUNIT_ASSERT_EQUAL(std::string("0"), ask("SELECT COUNT(*) FROM tokens WHERE `key` = 'othertoken'"));
    }

    void twoProcessesMakeOneRoot()
    {
        {
            Database database(scratch_.settings(), quiet());
            migrate(database, quiet());
        }
        std::atomic<int> created{0};
        std::vector<std::thread> processes;
        for (int i = 0; i < 4; ++i)
            processes.emplace_back([&] { created += start({}).created; });
        for (std::thread& process : processes)
            process.join();
        CPPUNIT_ASSERT_EQUAL(1, created.load());
        CPPUNIT_ASSERT_EQUAL(std::string("1"), ask("SELECT COUNT(*) FROM users"));
    }

    void hashesOfOthersAreRead() // the first is a vector that jBCrypt publishes
    {
        CPPUNIT_ASSERT(passwordMatches("a", "$2a$06$m0CrhHm10qJ3lXRY.5zDGO3rS2KdeeWLuGmsfGlMfOxih58VYVfxe"));
        CPPUNIT_ASSERT(passwordMatches("a", "$2b$06$m0CrhHm10qJ3lXRY.5zDGO3rS2KdeeWLuGmsfGlMfOxih58VYVfxe"));
        CPPUNIT_ASSERT(!passwordMatches("b", "$2a$06$m0CrhHm10qJ3lXRY.5zDGO3rS2KdeeWLuGmsfGlMfOxih58VYVfxe"));
        CPPUNIT_ASSERT(!passwordMatches("", ""));
        CPPUNIT_ASSERT(!passwordMatches("123456", "123456"));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(FirstStartTest);
