#include "relay/answer_reading.h"
#include "relay/byte_search.h"

#include <cppunit/extensions/HelperMacros.h>

#include <random>

using namespace switchyard::relay;

class ByteSearchTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ByteSearchTest);
    CPPUNIT_TEST(agreesWithTheStandardSearch);
    CPPUNIT_TEST(wordsAreFoundAtEveryPlace);
    CPPUNIT_TEST(wordsWithNullOrInTextsAreNone);
    CPPUNIT_TEST_SUITE_END();

public:
    void agreesWithTheStandardSearch()
    {
        std::mt19937 random(3);
        int found = 0;
        for (int round = 0; round < 20000; ++round)
        {
            std::string text(random() % 60, ' '), needle(random() % 5, ' ');
            for (char& c : text)
                c = "ab\""[random() % 3];
            for (char& c : needle)
                c = "ab\""[random() % 3];
            const bool expected = text.find(needle) != std::string::npos;
            found += expected;
            CPPUNIT_ASSERT_EQUAL_MESSAGE(text + "|" + needle, expected, containsBytes(text, needle));
        }
        CPPUNIT_ASSERT(found > 2000 && found < 18000);
    }

    void wordsAreFoundAtEveryPlace()
    {
        for (size_t before = 0; before < 40; ++before)
            for (size_t behind : {0u, 1u, 20u})
            {
                const std::string start(before, '"'), end(behind, ' ');
                CPPUNIT_ASSERT(wordsOf(start + "\"usage\":{" + end).usage);
                CPPUNIT_ASSERT(wordsOf(start + "\"error\" : \"" + end).error);
                CPPUNIT_ASSERT(wordsOf(start + "\"finish_reason\":\"" + end).finish);
                CPPUNIT_ASSERT(!wordsOf(start + "\"usage\":" + end).any());
            }
    }

    void wordsWithNullOrInTextsAreNone()
    {
        CPPUNIT_ASSERT(!wordsOf(R"({"usage":null,"error": null,"finish_reason":null})").any());
        CPPUNIT_ASSERT(!wordsOf(R"({"content":"\"usage\":{} \"error\":{} \"finish_reason\":\"stop\""})").any());
        CPPUNIT_ASSERT(!wordsOf(R"({"a":"usage","b":["error"],"finish":"x"})").any());
        const FrameWords both = wordsOf(R"({"usage":null,"x_groq":{"usage":{}},"finish_reason":null})");
        CPPUNIT_ASSERT(both.usage && !both.error && !both.finish);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ByteSearchTest);
