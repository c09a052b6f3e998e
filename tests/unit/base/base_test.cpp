#include "base/clock.h"
#include "base/secret.h"
#include "base/text.h"

#include <cppunit/extensions/HelperMacros.h>

using namespace switchyard;

class BaseTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(BaseTest);
    CPPUNIT_TEST(jsonQuotingEscapesControlsAndMendsBadUtf8);
    CPPUNIT_TEST(numbersAreReadWholeOrNotAtAll);
    CPPUNIT_TEST(splittingKeepsEmptyParts);
    CPPUNIT_TEST(onlyWholeEscapesAreDecoded);
    CPPUNIT_TEST(generatedKeysHaveOneApisForm);
    CPPUNIT_TEST(requestIdsDifferAndAreDigits);
    CPPUNIT_TEST(sha256EqualsThePublishedVector);
    CPPUNIT_TEST_SUITE_END();

public:
    void jsonQuotingEscapesControlsAndMendsBadUtf8()
    {
        CPPUNIT_ASSERT_EQUAL(std::string(R"("a\"\\\n\u0001")"), jsonQuoted("a\"\\\n\x01"));
        CPPUNIT_ASSERT_EQUAL(std::string("\"\xE4\xBD\xA0\xEF\xBF\xBD\""), jsonQuoted("\xE4\xBD\xA0\xFF"));
        CPPUNIT_ASSERT_EQUAL(std::string("\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\""), jsonQuoted("\xED\xA0\x80"));
    }

    void numbersAreReadWholeOrNotAtAll()
    {
        CPPUNIT_ASSERT_EQUAL(int64_t{-12}, parseInt("-12").value());
        for (const char* bad : {"", " 1", "1 ", "1.0", "9223372036854775808", "0x1", "+1"})
            CPPUNIT_ASSERT_MESSAGE(bad, !parseInt(bad));
    }

    void splittingKeepsEmptyParts()
    {
        CPPUNIT_ASSERT_EQUAL(size_t{0}, split("", ',').size());
        CPPUNIT_ASSERT_EQUAL(size_t{3}, split("a,,b", ',').size());
        CPPUNIT_ASSERT_EQUAL(size_t{2}, split("a,", ',').size());
    }

    void onlyWholeEscapesAreDecoded()
    {
        CPPUNIT_ASSERT_EQUAL(std::string("a/b c"), percentDecoded("a%2Fb%20c"));
        CPPUNIT_ASSERT_EQUAL(std::string("100%"), percentDecoded("100%"));
        CPPUNIT_ASSERT_EQUAL(std::string("%zz%4"), percentDecoded("%zz%4"));
    }

    void generatedKeysHaveOneApisForm()
    {
        const std::string key = newTokenKey();
        CPPUNIT_ASSERT_EQUAL(size_t{48}, key.size());
        CPPUNIT_ASSERT_EQUAL(std::string::npos, key.find_first_not_of("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"));
        CPPUNIT_ASSERT(key != newTokenKey());
        CPPUNIT_ASSERT_EQUAL(size_t{32}, newHexKey().size());
    }

    void requestIdsDifferAndAreDigits()
    {
        const std::string id = newRequestId();
        CPPUNIT_ASSERT_EQUAL(std::string::npos, id.find_first_not_of("0123456789"));
        CPPUNIT_ASSERT(id.size() >= 23 && id != newRequestId());
    }

    void sha256EqualsThePublishedVector() // FIPS 180-2, "abc"
    {
        const Sha256 digest = sha256("abc");
        CPPUNIT_ASSERT_EQUAL(std::string("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
                             hexLower({reinterpret_cast<const char*>(digest.data()), digest.size()}));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(BaseTest);
