#include "store/backend.h"

#include <cppunit/extensions/HelperMacros.h>

using namespace switchyard::store;

class BackendTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(BackendTest);
    CPPUNIT_TEST(statementsAreRenderedPerBackend);
    CPPUNIT_TEST(upsertsSpeakEachBackend);
    CPPUNIT_TEST_SUITE_END();

public:
    void statementsAreRenderedPerBackend()
    {
        const char* neutral = "SELECT [group] FROM [users] WHERE [key] = ? AND [id] > ?";
        CPPUNIT_ASSERT_EQUAL(std::string("SELECT `group` FROM `users` WHERE `key` = ? AND `id` > ?"),
                             renderSql(Backend::sqlite, neutral));
        CPPUNIT_ASSERT_EQUAL(renderSql(Backend::sqlite, neutral), renderSql(Backend::mysql, neutral));
        CPPUNIT_ASSERT_EQUAL(std::string(R"(SELECT "group" FROM "users" WHERE "key" = $1 AND "id" > $2)"),
                             renderSql(Backend::postgresql, neutral));
    }

    void upsertsSpeakEachBackend()
    {
        CPPUNIT_ASSERT_EQUAL(std::string("INSERT INTO [options] ([key], [value]) VALUES (?, ?) "
                                         "ON CONFLICT ([key]) DO UPDATE SET [value] = excluded.[value]"),
                             upsertSql(Backend::sqlite, "options", {"key"}, {"value"}));
        CPPUNIT_ASSERT_EQUAL(std::string("INSERT INTO [options] ([key], [value]) VALUES (?, ?) "
                                         "ON DUPLICATE KEY UPDATE [value] = VALUES([value])"),
                             upsertSql(Backend::mysql, "options", {"key"}, {"value"}));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(BackendTest);
