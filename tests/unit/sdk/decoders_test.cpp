#include "cuts.h"

#include <switchyard/eventstream.hpp>
#include <switchyard/json_array.hpp>
#include <switchyard/ndjson.hpp>
#include <switchyard/utf8.hpp>

#include <cppunit/extensions/HelperMacros.h>
#include <string>
#include <vector>

using namespace switchyard::sdk;
using namespace switchyard::sdk::tests;

namespace
{

using Texts = std::vector<std::string>;

Texts lines(std::string_view stream, const std::vector<size_t>& cuts, std::string* raw = nullptr,
            bool* tooLong = nullptr, size_t limit = NdjsonSplitter::kMaxLine)
{
    Texts seen;
    NdjsonSplitter splitter(limit);
    NdjsonLine line;
    const auto keep = [&]
    {
        seen.emplace_back(line.text);
        if (raw) *raw += line.raw;
    };
    feedCut(stream, cuts,
            [&](std::string_view piece)
            {
                const std::string alone(piece);
                splitter.feed(alone);
                while (splitter.next(line))
                    keep();
            });
    while (splitter.finish(line))
        keep();
    if (tooLong) *tooLong = splitter.tooLong();
    return seen;
}

struct Elements
{
    Texts texts;
    bool ended, failed;
};

Elements elements(std::string_view stream, const std::vector<size_t>& cuts,
                  size_t limit = JsonArraySplitter::kMaxElement)
{
    Elements seen{};
    JsonArraySplitter splitter(limit);
    feedCut(stream, cuts,
            [&](std::string_view piece)
            {
                const std::string alone(piece);
                splitter.feed(alone);
                for (std::string_view element; splitter.next(element);)
                    seen.texts.emplace_back(element);
            });
    seen.ended = splitter.ended();
    seen.failed = splitter.failed();
    return seen;
}

std::string bigEndian(uint32_t value)
{
    std::string out;
    for (int shift = 24; shift >= 0; shift -= 8)
        out += static_cast<char>(value >> shift & 0xFF);
    return out;
}

std::string textHeader(std::string_view name, std::string_view value)
{
    std::string out(1, static_cast<char>(name.size()));
    out += name;
    out += '\7';
    out += static_cast<char>(value.size() >> 8);
    out += static_cast<char>(value.size() & 0xFF);
    out += value;
    return out;
}

std::string message(std::string_view headers, std::string_view payload)
{
    std::string out = bigEndian(static_cast<uint32_t>(16 + headers.size() + payload.size())) +
                      bigEndian(static_cast<uint32_t>(headers.size()));
    out += bigEndian(crc32(out));
    out += headers;
    out += payload;
    return out + bigEndian(crc32(out));
}

struct Decoded
{
    Texts payloads, types;
    std::string problem;
    bool incomplete;
};

Decoded decode(std::string_view stream, const std::vector<size_t>& cuts, size_t limit = EventStreamDecoder::kMaxMessage)
{
    Decoded seen{};
    EventStreamDecoder decoder(limit);
    feedCut(stream, cuts,
            [&](std::string_view piece)
            {
                const std::string alone(piece);
                decoder.feed(alone);
                for (EventStreamMessage m; decoder.next(m);)
                {
                    seen.payloads.emplace_back(m.payload);
                    seen.types.emplace_back(m.header(":event-type"));
                }
            });
    seen.problem = decoder.problem() ? decoder.problem() : "";
    seen.incomplete = decoder.incomplete();
    return seen;
}

} // namespace

class DecodersTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(DecodersTest);
    CPPUNIT_TEST(ndjsonLinesAreTheSameAtEveryCut);
    CPPUNIT_TEST(aLineOverTheLimitIsAnErrorAfterTheGoodOnes);
    CPPUNIT_TEST(arrayElementsAreTheSameAtEveryCut);
    CPPUNIT_TEST(anObjectAloneIsTheOneElement);
    CPPUNIT_TEST(whatIsNoArrayFails);
    CPPUNIT_TEST(arrayElementsHaveALimit);
    CPPUNIT_TEST(checksumIsThePublishedOne);
    CPPUNIT_TEST(eventStreamMessagesAreTheSameAtEveryCut);
    CPPUNIT_TEST(headersOfEveryTypeAreSteppedOver);
    CPPUNIT_TEST(everyFlippedBitOfAMessageIsSeen);
    CPPUNIT_TEST(untrueSizesAreRefusedWithoutWaitingForThem);
    CPPUNIT_TEST(splitCharactersAreHeldUntilTheyAreWhole);
    CPPUNIT_TEST(badBytesBecomeReplacementCharacters);
    CPPUNIT_TEST_SUITE_END();

public:
    void ndjsonLinesAreTheSameAtEveryCut()
    {
        const std::string stream = "{\"a\":1}\n{\"b\":\"\\n\"}\r\n\n{\"c\":3}\n{\"last\":true}";
        const Texts expected = {"{\"a\":1}", "{\"b\":\"\\n\"}", "", "{\"c\":3}", "{\"last\":true}"};
        forAllCuts(stream,
                   [&](const std::vector<size_t>& cuts)
                   {
                       std::string raw;
                       CPPUNIT_ASSERT(expected == lines(stream, cuts, &raw));
                       CPPUNIT_ASSERT_EQUAL(stream, raw);
                   });
    }

    void aLineOverTheLimitIsAnErrorAfterTheGoodOnes()
    {
        const std::string stream = "abc\n0123456789\nde\n";
        forAllCuts(stream,
                   [&](const std::vector<size_t>& cuts)
                   {
                       bool tooLong = false;
                       CPPUNIT_ASSERT(Texts{"abc"} == lines(stream, cuts, nullptr, &tooLong, 8));
                       CPPUNIT_ASSERT(tooLong);
                   });
    }

    void arrayElementsAreTheSameAtEveryCut()
    {
        const std::string stream = " [{\"a\":\"]}\\\"\"}\n,\r\n[1,{\"b\":[]}],\"x,]\", 12 ,null]\n";
        const Texts expected = {"{\"a\":\"]}\\\"\"}", "[1,{\"b\":[]}]", "\"x,]\"", "12", "null"};
        forAllCuts(stream,
                   [&](const std::vector<size_t>& cuts)
                   {
                       const Elements seen = elements(stream, cuts);
                       CPPUNIT_ASSERT(expected == seen.texts);
                       CPPUNIT_ASSERT(seen.ended && !seen.failed);
                   });
        CPPUNIT_ASSERT(elements("[]", {}).ended && elements("[ ]", {1}).texts.empty());
        CPPUNIT_ASSERT(!elements("[{}", {}).ended);
    }

    void anObjectAloneIsTheOneElement()
    {
        forAllCuts(" {\"error\":{\"code\":400}}\n",
                   [&](const std::vector<size_t>& cuts)
                   {
                       const Elements seen = elements(" {\"error\":{\"code\":400}}\n", cuts);
                       CPPUNIT_ASSERT(Texts{"{\"error\":{\"code\":400}}"} == seen.texts);
                       CPPUNIT_ASSERT(seen.ended);
                   });
    }

    void whatIsNoArrayFails()
    {
        for (const char* bad : {"<html>", "[,1]", "[1,]", "[1}", "[1 2]", "[]x", "{}{}", "[}"})
            for (size_t cut = 1; cut < std::string_view(bad).size(); ++cut)
                CPPUNIT_ASSERT_MESSAGE(bad, elements(bad, {cut}).failed || !elements(bad, {cut}).ended);
        CPPUNIT_ASSERT(elements("<html>", {}).failed && elements("[]x", {}).failed && elements("[,1]", {}).failed);
        CPPUNIT_ASSERT(elements(std::string(100000, '['), {}).failed);
    }

    void arrayElementsHaveALimit()
    {
        const std::string stream = "[{\"a\":1},{\"b\":\"0123456789\"}]";
        forAllCuts(stream,
                   [&](const std::vector<size_t>& cuts)
                   {
                       const Elements seen = elements(stream, cuts, 10);
                       CPPUNIT_ASSERT(Texts{"{\"a\":1}"} == seen.texts);
                       CPPUNIT_ASSERT(seen.failed);
                   });
    }

    void checksumIsThePublishedOne()
    {
        CPPUNIT_ASSERT_EQUAL(uint32_t{0xCBF43926}, crc32("123456789")); // the check value of CRC-32/ISO-HDLC
        CPPUNIT_ASSERT_EQUAL(crc32("123456789"), crc32("6789", crc32("12345")));
    }

    void eventStreamMessagesAreTheSameAtEveryCut()
    {
        const std::string stream =
            message(textHeader(":event-type", "chunk") + textHeader("x", ""), "{\"bytes\":\"e30=\"}") +
            message("", "") + message(textHeader(":event-type", "messageStop"), "{}");
        forAllCuts(stream,
                   [&](const std::vector<size_t>& cuts)
                   {
                       const Decoded seen = decode(stream, cuts);
                       CPPUNIT_ASSERT((Texts{"{\"bytes\":\"e30=\"}", "", "{}"}) == seen.payloads);
                       CPPUNIT_ASSERT((Texts{"chunk", "", "messageStop"}) == seen.types);
                       CPPUNIT_ASSERT(seen.problem.empty() && !seen.incomplete);
                   });
        for (size_t size = 1; size < 40; ++size)
            CPPUNIT_ASSERT(decode(std::string_view(stream).substr(0, size), {}).incomplete);
        const std::string big(100000, 'p');
        CPPUNIT_ASSERT(Texts{big} == decode(message("", big), {1, 11, 13, 50000}).payloads);
    }

    void headersOfEveryTypeAreSteppedOver()
    {
        std::string headers;
        for (const auto& [type, value] : std::vector<std::pair<int, std::string>>{{0, ""},
                                                                                  {1, ""},
                                                                                  {2, "1"},
                                                                                  {3, "12"},
                                                                                  {4, "1234"},
                                                                                  {5, "12345678"},
                                                                                  {6, std::string("\0\3abc", 5)},
                                                                                  {8, "12345678"},
                                                                                  {9, "1234567890123456"}})
        {
            headers += std::string("\1h") + static_cast<char>(type) + value;
        }
        headers += textHeader(":event-type", "after all");
        CPPUNIT_ASSERT(Texts{"after all"} == decode(message(headers, "x"), {}).types);
        for (size_t size = 0; size < headers.size();
             ++size) // cut off anywhere: nothing is found, nothing is read beyond
            CPPUNIT_ASSERT(Texts{""} == decode(message(std::string(headers, 0, size), ""), {}).types);
    }

    void everyFlippedBitOfAMessageIsSeen()
    {
        const std::string good = message(textHeader(":event-type", "chunk"), "payload");
        for (size_t at = 0; at < good.size(); ++at)
            for (int bit = 0; bit < 8; ++bit)
            {
                std::string bad = good;
                bad[at] = static_cast<char>(bad[at] ^ (1 << bit));
                const Decoded seen = decode(bad, {});
                CPPUNIT_ASSERT(seen.payloads.empty() && !seen.problem.empty());
            }
    }

    void untrueSizesAreRefusedWithoutWaitingForThem()
    {
        for (const auto& [size, headers] :
             std::vector<std::pair<uint32_t, uint32_t>>{{15, 0}, {0, 0}, {20, 5}, {0xFFFFFFFF, 0}, {20, 0xFFFFFFFF}})
        {
            std::string prelude = bigEndian(size) + bigEndian(headers);
            prelude += bigEndian(crc32(prelude));
            CPPUNIT_ASSERT(!decode(prelude, {}).problem.empty());
        }
    }

    void splitCharactersAreHeldUntilTheyAreWhole()
    {
        const std::string text = "a\xC3\xA9 \xE4\xBD\xA0\xE5\xA5\xBD \xF0\x9F\x98\x80z";
        forAllCuts(text,
                   [&](const std::vector<size_t>& cuts)
                   {
                       Utf8Hold hold;
                       std::string out;
                       feedCut(text, cuts,
                               [&](std::string_view piece)
                               {
                                   const std::string_view whole = hold.take(piece);
                                   CPPUNIT_ASSERT_EQUAL(std::string_view::npos, firstNotUtf8(whole));
                                   out += whole;
                               });
                       out += hold.finish();
                       CPPUNIT_ASSERT_EQUAL(text, out);
                   });
    }

    void badBytesBecomeReplacementCharacters()
    {
        const std::string bad = "a\xFF"
                                "b\xC0\x80"
                                "c\xED\xA0\x80"
                                "d\xF4\x90\x80\x80"
                                "e\xE4\xBD";
        std::string expected;
        forAllCuts(bad,
                   [&](const std::vector<size_t>& cuts)
                   {
                       Utf8Hold hold;
                       std::string out;
                       feedCut(bad, cuts, [&](std::string_view piece) { out += hold.take(piece); });
                       out += hold.finish();
                       CPPUNIT_ASSERT_EQUAL(std::string_view::npos, firstNotUtf8(out));
                       if (expected.empty()) expected = out;
                       CPPUNIT_ASSERT_EQUAL(expected, out);
                   });
        const std::string r = "\xEF\xBF\xBD";
        CPPUNIT_ASSERT_EQUAL("a" + r + "b" + r + r + "c" + r + r + r + "d" + r + r + r + r + "e" + r + r, expected);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(DecodersTest);
