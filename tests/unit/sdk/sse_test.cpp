#include "cuts.h"

#include <switchyard/sse.hpp>

#include <cppunit/extensions/HelperMacros.h>
#include <string>
#include <vector>

using namespace switchyard::sdk;
using namespace switchyard::sdk::tests;

namespace
{

struct Seen
{
    std::string raw, data, event;
    bool hasData = false, complete = true;
};

std::vector<Seen> split(std::string_view stream, const std::vector<size_t>& cuts, bool* tooLong = nullptr,
                        size_t limit = SseSplitter::kMaxFrame)
{
    std::vector<Seen> seen;
    SseSplitter splitter(limit);
    const auto keep = [&](const SseFrame& f) {
        seen.push_back({std::string(f.raw), std::string(f.data), std::string(f.event), f.hasData, f.complete});
    };
    feedCut(stream, cuts,
            [&](std::string_view piece)
            {
                const std::string alone(piece); // a copy that dies at once: nothing may point into it later
                splitter.feed(alone);
                for (SseFrame frame; splitter.next(frame);)
                    keep(frame);
            });
    for (SseFrame frame; splitter.finish(frame);)
        keep(frame);
    if (tooLong) *tooLong = splitter.tooLong();
    return seen;
}

std::vector<std::string> dataOf(const std::vector<Seen>& frames)
{
    std::vector<std::string> data;
    for (const Seen& frame : frames)
        if (frame.hasData) data.push_back(frame.data);
    return data;
}

void expect(const std::string& stream, const std::vector<std::string>& data)
{
    forAllCuts(stream,
               [&](const std::vector<size_t>& cuts)
               {
                   const auto frames = split(stream, cuts);
                   std::string raw;
                   for (const Seen& frame : frames)
                       raw += frame.raw;
                   CPPUNIT_ASSERT_EQUAL(stream, raw);
                   const auto got = dataOf(frames);
                   CPPUNIT_ASSERT_EQUAL(data.size(), got.size());
                   for (size_t i = 0; i < data.size(); ++i)
                       CPPUNIT_ASSERT_EQUAL(data[i], got[i]);
                   // The frames' borders do not depend on the cuts either.
                   const auto whole = split(stream, {});
                   CPPUNIT_ASSERT_EQUAL(whole.size(), frames.size());
                   for (size_t i = 0; i < whole.size(); ++i)
                   {
                       CPPUNIT_ASSERT_EQUAL(whole[i].raw, frames[i].raw);
                       CPPUNIT_ASSERT_EQUAL(whole[i].event, frames[i].event);
                       CPPUNIT_ASSERT_EQUAL(whole[i].complete, frames[i].complete);
                   }
               });
}

} // namespace

class SseTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(SseTest);
    CPPUNIT_TEST(framesAreTheSameAtEveryCutWithAllLineEnds);
    CPPUNIT_TEST(blankAfterTheColonIsOptionalAndOnlyOneIsTaken);
    CPPUNIT_TEST(severalDataLinesAreJoinedByLineFeeds);
    CPPUNIT_TEST(eventNamesAreToldAndOtherFieldsPassBy);
    CPPUNIT_TEST(commentsAndBlankLinesAreFramesWithoutData);
    CPPUNIT_TEST(aLastFrameWithoutBlankLineIsDeliveredAsIncomplete);
    CPPUNIT_TEST(mixedLineEndsKeepTheRawBytes);
    CPPUNIT_TEST(aByteOrderMarkIsNotPartOfTheFirstField);
    CPPUNIT_TEST(framesWholeInTheInputAreNotCopied);
    CPPUNIT_TEST(loneCarriageReturnsAreNotHeldBack);
    CPPUNIT_TEST(aMegabyteLineInSmallPiecesArrivesWhole);
    CPPUNIT_TEST(aFrameOverTheLimitIsAnErrorAfterTheGoodOnes);
    CPPUNIT_TEST(manyLinesWithoutEndTakeLinearTime);
    CPPUNIT_TEST_SUITE_END();

public:
    void framesAreTheSameAtEveryCutWithAllLineEnds()
    {
        for (const std::string end : {"\n", "\r\n", "\r"})
            expect("data: {\"a\":1}" + end + end + "data: two" + end + end + "data: [DONE]" + end + end,
                   {"{\"a\":1}", "two", "[DONE]"});
    }

    void blankAfterTheColonIsOptionalAndOnlyOneIsTaken()
    {
        expect("data:a\n\ndata: b\n\ndata:  c\n\ndata:\n\ndata\n\n", {"a", "b", " c", "", ""});
    }

    void severalDataLinesAreJoinedByLineFeeds()
    {
        expect("data: a\ndata: b\nid: 7\ndata:\ndata: c\n\n", {"a\nb\n\nc"});
        expect("data: a\r\ndata: b\r\n\r\ndata: x\r\n\r\n", {"a\nb", "x"});
    }

    void eventNamesAreToldAndOtherFieldsPassBy()
    {
        const std::string stream =
            "event: message_start\nid: 1\nretry: 10\ndata: {}\n\nevent:x\ndataset: no\nevents: no\n\n";
        expect(stream, {"{}"});
        const auto frames = split(stream, {});
        CPPUNIT_ASSERT_EQUAL(std::string("message_start"), frames[0].event);
        CPPUNIT_ASSERT_EQUAL(std::string("x"), frames[1].event);
        CPPUNIT_ASSERT(!frames[1].hasData);
    }

    void commentsAndBlankLinesAreFramesWithoutData()
    {
        expect("\n\n: OPENROUTER PROCESSING\n\n:\n\ndata: a\n\n\n\r\n: x\ndata: b\n\n", {"a", "b"});
    }

    void aLastFrameWithoutBlankLineIsDeliveredAsIncomplete()
    {
        for (const std::string end : {"", "\n", "\r\n", "\r"})
        {
            expect("data: a\n\ndata: b" + end, {"a", "b"});
            CPPUNIT_ASSERT(!split("data: b" + end, {}).back().complete);
        }
        CPPUNIT_ASSERT(split("data: b\r\n\r", {}).back().complete);
        CPPUNIT_ASSERT(split("", {}).empty());
    }

    void mixedLineEndsKeepTheRawBytes()
    {
        expect("data: a\r\n\ndata: b\n\r\ndata: c\r\rdata: d\r\r\ndata: e\n\r\r\ndata: f\n\n",
               {"a", "b", "c", "d", "e", "f"});
    }

    void aByteOrderMarkIsNotPartOfTheFirstField()
    {
        expect("\xEF\xBB\xBF"
               "data: a\n\n\xEF\xBB\xBF"
               "data: b\n\ndata: c\n\n",
               {"a", "c"});
    }

    void framesWholeInTheInputAreNotCopied()
    {
        const std::string bytes = "data: one\n\ndata: two\n\ndata: thr";
        SseSplitter splitter;
        splitter.feed(bytes);
        SseFrame frame;
        CPPUNIT_ASSERT(splitter.next(frame) && frame.raw.data() == bytes.data() &&
                       frame.data.data() == bytes.data() + 6);
        CPPUNIT_ASSERT(splitter.next(frame) && frame.raw.data() == bytes.data() + 11);
        CPPUNIT_ASSERT(!splitter.next(frame));
        CPPUNIT_ASSERT_EQUAL(size_t{9}, splitter.held());
    }

    void loneCarriageReturnsAreNotHeldBack()
    {
        CPPUNIT_ASSERT_EQUAL(size_t{1}, countBeforeEnd("data: a\r\r"));
        CPPUNIT_ASSERT_EQUAL(size_t{1}, countBeforeEnd("data: a\r\n\r\n"));
    }

    void aMegabyteLineInSmallPiecesArrivesWhole()
    {
        const std::string big(size_t{3} << 20, 'x');
        const std::string stream = "data: " + big + "\n\ndata: y\n\n";
        std::vector<size_t> cuts;
        for (size_t at = 1000; at < stream.size(); at += 1000)
            cuts.push_back(at);
        const auto frames = split(stream, cuts);
        CPPUNIT_ASSERT_EQUAL(size_t{2}, frames.size());
        CPPUNIT_ASSERT(frames[0].data == big && frames[1].data == "y");
    }

    void aFrameOverTheLimitIsAnErrorAfterTheGoodOnes()
    {
        const std::string stream = "data: a\n\ndata: 0123456789\n\ndata: b\n\n";
        forAllCuts(stream,
                   [&](const std::vector<size_t>& cuts)
                   {
                       bool tooLong = false;
                       const auto frames = split(stream, cuts, &tooLong, 15);
                       CPPUNIT_ASSERT(tooLong);
                       CPPUNIT_ASSERT_EQUAL(size_t{1}, frames.size());
                       CPPUNIT_ASSERT_EQUAL(std::string("a"), frames[0].data);
                   });
        bool tooLong = true;
        CPPUNIT_ASSERT_EQUAL(size_t{3}, split(stream, {}, &tooLong, 18).size());
        CPPUNIT_ASSERT(!tooLong);
    }

    // Quadratic behaviour here would take hours: the test's time limit sees it.
    void manyLinesWithoutEndTakeLinearTime()
    {
        std::string stream;
        for (int i = 0; i < 400000; ++i)
            stream += i % 2 ? "data:x\n" : "data:y\r";
        std::vector<size_t> cuts;
        for (size_t at = 100; at < stream.size(); at += 100)
            cuts.push_back(at);
        CPPUNIT_ASSERT_EQUAL(size_t{1}, split(stream, cuts).size());
        CPPUNIT_ASSERT_EQUAL(size_t{1}, split(stream, {}).size());
        stream.assign(1000000, '\r');
        stream.push_back('\n');
        CPPUNIT_ASSERT_EQUAL(size_t{1000000}, split(stream, {}).size());
    }

private:
    static size_t countBeforeEnd(std::string_view stream)
    {
        SseSplitter splitter;
        splitter.feed(stream);
        size_t count = 0;
        for (SseFrame frame; splitter.next(frame);)
            ++count;
        return count;
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(SseTest);
