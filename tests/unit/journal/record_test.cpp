#include "ledger/journal/record.h"
#include "sample_records.h"

#include <cppunit/extensions/HelperMacros.h>
#include <limits>

using namespace switchyard::ledger;
using namespace switchyard::journal_test;

namespace
{

std::string encoded(const Record& record)
{
    std::string bytes;
    encode(record, bytes);
    return bytes;
}

Record decoded(const std::string& bytes)
{
    Record record;
    CPPUNIT_ASSERT(decode(bytes, record));
    return record;
}

class RecordTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(RecordTest);
    CPPUNIT_TEST(settlementComesBackAsItWas);
    CPPUNIT_TEST(beginComesBackWithItsPrice);
    CPPUNIT_TEST(progressComesBackInItsOrder);
    CPPUNIT_TEST(extremeNumbersSurvive);
    CPPUNIT_TEST(textsAreCutToTheirColumnsAndCleaned);
    CPPUNIT_TEST(everyShorterOrLongerPayloadIsRefused);
    CPPUNIT_TEST(unknownTypesAndVersionsAreRefused);
    CPPUNIT_TEST(longestRecordsFit);
    CPPUNIT_TEST(formatDoesNotMove);
    CPPUNIT_TEST_SUITE_END();

    void settlementComesBackAsItWas()
    {
        SettleRecord settle = sampleSettle(5, 99);
        settle.unpaid = 17;
        settle.cachedTokens = 3;
        settle.reasoningTokens = 4;
        settle.facts.systemPromptReset = true;
        const auto back = std::get<SettleRecord>(decoded(encoded(settle)));
        CPPUNIT_ASSERT_EQUAL(uint64_t{99}, back.ticket);
        CPPUNIT_ASSERT_EQUAL(int64_t{7}, back.parties.userId);
        CPPUNIT_ASSERT_EQUAL(int64_t{11}, back.parties.tokenId);
        CPPUNIT_ASSERT(back.parties.tokenLimited);
        CPPUNIT_ASSERT_EQUAL(int64_t{3}, back.parties.channelId);
        CPPUNIT_ASSERT_EQUAL(settle.facts.requestId, back.facts.requestId);
        CPPUNIT_ASSERT_EQUAL(std::string("alice"), back.facts.userName);
        CPPUNIT_ASSERT_EQUAL(std::string("kitchen"), back.facts.tokenName);
        CPPUNIT_ASSERT_EQUAL(std::string("gpt-4o-mini"), back.facts.model);
        CPPUNIT_ASSERT_EQUAL(settle.facts.upstreamId, back.facts.upstreamId);
        CPPUNIT_ASSERT_EQUAL(std::string("stop"), back.facts.finish);
        CPPUNIT_ASSERT_EQUAL(settle.facts.detail, back.facts.detail);
        CPPUNIT_ASSERT_EQUAL(int64_t{1'795'599'000'005}, back.facts.createdAt);
        CPPUNIT_ASSERT_EQUAL(int64_t{1234}, back.facts.elapsedMs);
        CPPUNIT_ASSERT(!back.facts.stream && back.facts.systemPromptReset);
        CPPUNIT_ASSERT_EQUAL(int64_t{16}, back.quota);
        CPPUNIT_ASSERT_EQUAL(int64_t{17}, back.unpaid);
        CPPUNIT_ASSERT_EQUAL(int64_t{4000}, back.held);
        CPPUNIT_ASSERT_EQUAL(int64_t{19}, back.promptTokens);
        CPPUNIT_ASSERT_EQUAL(int64_t{5}, back.completionTokens);
        CPPUNIT_ASSERT_EQUAL(int64_t{3}, back.cachedTokens);
        CPPUNIT_ASSERT_EQUAL(int64_t{4}, back.reasoningTokens);
        CPPUNIT_ASSERT_EQUAL(std::string("usage"), back.branch);
        CPPUNIT_ASSERT_EQUAL(std::string("reported"), back.usageSource);
    }

    void beginComesBackWithItsPrice()
    {
        BeginRecord begin = sampleBegin(1, 2);
        begin.price[7] = 1e-300;
        const auto back = std::get<BeginRecord>(decoded(encoded(begin)));
        for (size_t i = 0; i < 8; ++i)
            CPPUNIT_ASSERT_EQUAL(begin.price[i], back.price[i]);
        CPPUNIT_ASSERT_EQUAL(int64_t{4000}, back.held);
        CPPUNIT_ASSERT_EQUAL(int64_t{19}, back.promptTokens);
        CPPUNIT_ASSERT(back.facts.stream);
    }

    void progressComesBackInItsOrder()
    {
        ProgressRecord progress;
        progress.streams = {{900, 1}, {3, 1'000'000'000}, {std::numeric_limits<uint64_t>::max(), 0}, {4, 7}};
        const auto back = std::get<ProgressRecord>(decoded(encoded(progress)));
        CPPUNIT_ASSERT_EQUAL(progress.streams.size(), back.streams.size());
        for (size_t i = 0; i < back.streams.size(); ++i)
        {
            CPPUNIT_ASSERT_EQUAL(progress.streams[i].ticket, back.streams[i].ticket);
            CPPUNIT_ASSERT_EQUAL(progress.streams[i].completionTokens, back.streams[i].completionTokens);
        }
    }

    void extremeNumbersSurvive()
    {
        for (int64_t number : {std::numeric_limits<int64_t>::min(), int64_t{-1}, int64_t{0}, int64_t{63}, int64_t{64},
                               int64_t{1} << 53, std::numeric_limits<int64_t>::max()})
        {
            SettleRecord settle;
            settle.quota = number;
            settle.ticket = static_cast<uint64_t>(number);
            const auto back = std::get<SettleRecord>(decoded(encoded(settle)));
            CPPUNIT_ASSERT_EQUAL(number, back.quota);
            CPPUNIT_ASSERT_EQUAL(static_cast<uint64_t>(number), back.ticket);
        }
    }

    void textsAreCutToTheirColumnsAndCleaned()
    {
        SettleRecord settle;
        settle.facts.userName = std::string(300, 'x');
        for (int i = 0; i < 300; ++i)
            settle.facts.tokenName += "\xE9\x94\xAE"; // three bytes, one character
        settle.facts.model = std::string("a\0b", 3) + "\xFF" + "\xC0\x80" + "\xED\xA0\x80" + "c";
        settle.branch = std::string(40, 'b');
        const auto back = std::get<SettleRecord>(decoded(encoded(settle)));
        CPPUNIT_ASSERT_EQUAL(std::string(191, 'x'), back.facts.userName);
        CPPUNIT_ASSERT_EQUAL(size_t{191 * 3}, back.facts.tokenName.size());
        std::string clean = "ab";
        for (int i = 0; i < 6; ++i)
            clean += "\xEF\xBF\xBD";
        CPPUNIT_ASSERT_EQUAL(clean + "c", back.facts.model);
        CPPUNIT_ASSERT_EQUAL(std::string(32, 'b'), back.branch);
    }

    void everyShorterOrLongerPayloadIsRefused()
    {
        for (const Record& record : {Record(sampleBegin(1, 2)), Record(sampleSettle(3)),
                                     Record(ProgressRecord{{{1, 2}, {3, 4}}})})
        {
            const std::string bytes = encoded(record);
            Record back;
            for (size_t size = 0; size < bytes.size(); ++size)
                CPPUNIT_ASSERT(!decode(std::string_view(bytes).substr(0, size), back));
            CPPUNIT_ASSERT(!decode(bytes + '\0', back));
        }
    }

    void unknownTypesAndVersionsAreRefused()
    {
        const std::string bytes = encoded(sampleSettle(1));
        Record back;
        for (int value = 0; value < 256; ++value)
        {
            std::string other = bytes;
            other[1] = static_cast<char>(value);
            CPPUNIT_ASSERT_EQUAL(value == 1, decode(other, back));
            other = bytes;
            other[0] = static_cast<char>(value);
            if (value == 0 || value > 3) CPPUNIT_ASSERT(!decode(other, back));
        }
    }

    void longestRecordsFit()
    {
        SettleRecord settle = sampleSettle(1);
        std::string wide;
        for (int i = 0; i < 5000; ++i)
            wide += "\xF0\x9F\x92\xB0";
        for (std::string* text : {&settle.facts.requestId, &settle.facts.userName, &settle.facts.tokenName,
                                  &settle.facts.model, &settle.facts.upstreamId, &settle.facts.finish, &settle.facts.detail,
                                  &settle.branch, &settle.usageSource})
            *text = wide;
        CPPUNIT_ASSERT(encoded(settle).size() <= kMostPayload);
        ProgressRecord progress;
        for (size_t i = 0; i < kMostStreams; ++i)
            progress.streams.push_back({i % 2 ? std::numeric_limits<uint64_t>::max() / 2 : 0, 1'000'000'000});
        CPPUNIT_ASSERT(encoded(progress).size() <= kMostPayload);
    }

    // A journal outlives the program that wrote it: these bytes must be readable by every later version.
    void formatDoesNotMove()
    {
        ProgressRecord progress;
        progress.streams = {{300, 5}, {301, -1}};
        CPPUNIT_ASSERT_EQUAL(std::string("\x02\x01\x02\xD8\x04\x0A\x02\x01", 8), encoded(progress));
        SettleRecord settle;
        settle.ticket = 1;
        settle.parties = {2, 3, true, 4};
        settle.quota = 150;
        settle.branch = "usage";
        const std::string expected = std::string("\x03\x01\x01\x04\x06\x01\x08", 7) + std::string(11, '\0') +
                                     std::string("\xAC\x02", 2) + std::string(6, '\0') + "\x05usage" + std::string(1, '\0');
        CPPUNIT_ASSERT_EQUAL(expected, encoded(settle));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(RecordTest);

} // namespace
