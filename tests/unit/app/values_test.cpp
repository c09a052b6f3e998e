#include "app/values.h"

#include "app/channel_types.h"

#include <Poco/Exception.h>
#include <cppunit/extensions/HelperMacros.h>
#include <functional>
#include <set>

using namespace switchyard::app;

class ValuesTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ValuesTest);
    CPPUNIT_TEST(numbersHaveBounds);
    CPPUNIT_TEST(truthIsSpelledOut);
    CPPUNIT_TEST(durationsHaveUnits);
    CPPUNIT_TEST(sizesHaveUnits);
    CPPUNIT_TEST(urlsNeedASchemeAndAHost);
    CPPUNIT_TEST(jsonIsChecked);
    CPPUNIT_TEST(typesAreNumbersOrProviders);
    CPPUNIT_TEST_SUITE_END();

    static void refused(const std::string& text, const std::function<void(const std::string&)>& parse)
    {
        CPPUNIT_ASSERT_THROW_MESSAGE(text, parse(text), Poco::DataFormatException);
    }

public:
    void numbersHaveBounds()
    {
        CPPUNIT_ASSERT_EQUAL(int64_t{-5}, integerIn("-5", -5, 5));
        for (const char* bad : {"6", "-6", "", "1.0", "one", "1 ", "99999999999999999999"})
            refused(bad, [](const std::string& text) { integerIn(text, -5, 5); });
    }

    void truthIsSpelledOut()
    {
        CPPUNIT_ASSERT(truth("true") && truth("TRUE") && truth("1") && !truth("false") && !truth("0"));
        for (const char* bad : {"", "yes", "on", "2"})
            refused(bad, truth);
    }

    void durationsHaveUnits()
    {
        CPPUNIT_ASSERT_EQUAL(int64_t{30000}, int64_t{duration("30").count()});
        CPPUNIT_ASSERT_EQUAL(int64_t{250}, int64_t{duration("250ms").count()});
        CPPUNIT_ASSERT_EQUAL(int64_t{5 * 60000}, int64_t{duration("5m").count()});
        CPPUNIT_ASSERT_EQUAL(int64_t{2 * 3600000}, int64_t{duration("2H").count()});
        CPPUNIT_ASSERT_EQUAL(int64_t{30} * 86400000, int64_t{duration("30d").count()});
        CPPUNIT_ASSERT_EQUAL(int64_t{0}, int64_t{duration("0").count()});
        for (const char* bad : {"", "s", "-1", "1.5s", "5 s", "5y", "99999999999999999h", "400d"})
            refused(bad, duration);
    }

    void sizesHaveUnits()
    {
        CPPUNIT_ASSERT_EQUAL(size_t{100}, byteSize("100"));
        CPPUNIT_ASSERT_EQUAL(size_t{64} * 1024, byteSize("64K"));
        CPPUNIT_ASSERT_EQUAL(size_t{3} << 30, byteSize("3g"));
        for (const char* bad : {"", "K", "-1", "1.5M", "1T", "9999999999G"})
            refused(bad, byteSize);
    }

    void urlsNeedASchemeAndAHost()
    {
        for (const char* good : {"https://api.example", "http://127.0.0.1:8080/v1/", "https://[::1]:3000"})
            CPPUNIT_ASSERT_EQUAL(std::string(good), url(good, "http https"));
        for (const char* bad :
             {"", "api.example", "ftp://x", "https://", "https:///path", "https://a b", "https://x:port"})
            refused(bad, [](const std::string& text) { url(text, "http https"); });
    }

    void jsonIsChecked()
    {
        CPPUNIT_ASSERT_EQUAL(std::string(R"({"a": [1]})"), jsonObject(R"({"a": [1]})"));
        for (const char* bad : {"", "[]", "7", "{", R"({"a":})", "null"})
            refused(bad, jsonObject);
        CPPUNIT_ASSERT_EQUAL(std::string(R"({"a":"b"})"), jsonTexts(R"({"a":"b"})"));
        for (const char* bad : {R"({"a":1})", R"({"a":{}})", R"({"a":null})", "[\"a\"]"})
            refused(bad, jsonTexts);
    }

    void typesAreNumbersOrProviders()
    {
        struct Case
        {
            const char* text;
            int number;
            const char* provider;
        };
        for (const Case& c : {Case{"openai", 1, "openai"},
                              {"DeepSeek", 36, "deepseek"},
                              {"36", 36, ""},
                              {"anthropic", 14, "anthropic"},
                              {"gemini-openai", 51, "gemini-openai"},
                              {"demo", 0, "demo"},
                              {"777", 777, ""}})
        {
            const auto type = channelTypeOf(c.text);
            CPPUNIT_ASSERT_MESSAGE(c.text, type.has_value());
            CPPUNIT_ASSERT_EQUAL_MESSAGE(c.text, c.number, type->number);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(c.text, std::string(c.provider), type->provider);
        }
        for (const char* bad : {"", "0", "-1", "open ai", "a/b", "99999999999"})
            CPPUNIT_ASSERT_MESSAGE(bad, !channelTypeOf(bad));
        std::set<std::string_view> ids;
        for (int number = 1; number <= 51; ++number)
            CPPUNIT_ASSERT_MESSAGE(std::to_string(number), ids.insert(providerIdOf(number)).second);
        CPPUNIT_ASSERT(providerIdOf(0).empty() && providerIdOf(52).empty() && providerIdOf(-1).empty());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ValuesTest);
