#include "relay/answer_meter.h"

#include <cppunit/extensions/HelperMacros.h>

#include <random>
#include <string>
#include <vector>

using namespace switchyard;
using namespace switchyard::relay;

namespace
{

ledger::Vocabularies& vocabularies()
{
    static ledger::Vocabularies all;
    return all;
}

constexpr auto kEncoding = ledger::Encoding::o200k;

int64_t tokensOf(std::string_view text) { return static_cast<int64_t>(ledger::countTokens(vocabularies(), kEncoding, text)); }

} // namespace

class AnswerMeterTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(AnswerMeterTest);
    CPPUNIT_TEST(onlyWholeAcceptedFramesCount);
    CPPUNIT_TEST(theBoundIsNeverBelowTheCount);
    CPPUNIT_TEST(anyCutsAndDeliveriesGiveTheCountOfTheText);
    CPPUNIT_TEST_SUITE_END();

public:
    void onlyWholeAcceptedFramesCount()
    {
        AnswerMeter meter(vocabularies(), kEncoding);
        CPPUNIT_ASSERT(!meter.any());
        meter.told(0, "Hello");
        meter.told(0, ", world");
        meter.told(2, " and more"); // frame 1 had no text
        CPPUNIT_ASSERT(meter.any());
        CPPUNIT_ASSERT_EQUAL(int64_t{0}, meter.tokens());
        CPPUNIT_ASSERT(meter.queuedAtMost() >= tokensOf("Hello, world and more"));
        meter.delivered(0);
        CPPUNIT_ASSERT_EQUAL(int64_t{0}, meter.tokens());
        meter.delivered(1);
        CPPUNIT_ASSERT_EQUAL(tokensOf("Hello, world"), meter.tokens());
        meter.delivered(2);
        CPPUNIT_ASSERT_EQUAL(tokensOf("Hello, world"), meter.tokens());
        meter.delivered(3);
        CPPUNIT_ASSERT_EQUAL(tokensOf("Hello, world and more"), meter.tokens());
    }

    void theBoundIsNeverBelowTheCount()
    {
        AnswerMeter meter(vocabularies(), kEncoding);
        std::minstd_rand random(11);
        for (uint64_t frame = 0; frame < 3000; ++frame)
        {
            std::string text;
            for (unsigned i = random() % 12; i > 0; --i)
                text += static_cast<char>(random() % 3 ? 'a' + random() % 26 : 33 + random() % 90);
            meter.told(frame, text);
            meter.delivered(frame + 1);
            const int64_t bound = meter.tokensAtMost();
            if (random() % 5 == 0) CPPUNIT_ASSERT(meter.tokens() <= bound);
        }
    }

    void anyCutsAndDeliveriesGiveTheCountOfTheText()
    {
        std::string text;
        for (int i = 0; i < 200; ++i)
            text += "The quick brown fox, \xE4\xBD\xA0\xE5\xA5\xBD \xF0\x9F\x91\x8D it's 12345 times!\n\n  ";
        std::minstd_rand random(5);
        for (int round = 0; round < 20; ++round)
        {
            AnswerMeter meter(vocabularies(), kEncoding);
            std::vector<size_t> ends; // of the frames
            size_t at = 0;
            uint64_t accepted = 0;
            while (at < text.size())
            {
                const size_t size = std::min<size_t>(text.size() - at, 1 + random() % 40);
                meter.told(ends.size(), std::string_view(text).substr(at, size));
                ends.push_back(at += size);
                if (random() % 4) continue;
                accepted += random() % (ends.size() - accepted + 1);
                meter.delivered(accepted);
                const size_t upTo = accepted == 0 ? 0 : ends[accepted - 1];
                if (random() % 16 == 0) CPPUNIT_ASSERT_EQUAL(tokensOf(std::string_view(text).substr(0, upTo)), meter.tokens());
            }
            meter.delivered(ends.size());
            CPPUNIT_ASSERT_EQUAL(tokensOf(text), meter.tokens());
        }
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(AnswerMeterTest);
