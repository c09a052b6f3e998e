#include "ledger/row_detail.h"

#include <cppunit/extensions/HelperMacros.h>

using namespace switchyard::ledger;

namespace
{

RowDetail full()
{
    RowDetail detail;
    detail.price = {2.5, 0.1, 4, 0.5, 1.25, 16, 1.5, 12.75};
    detail.source = {"option", "rule", "default"};
    detail.usage = {1000, 500, 64, 3, 7, 100, 9};
    detail.fixedPrice = 12500;
    detail.countedPrompt = 998;
    detail.countedCompletion = 0;
    detail.requestedModel = "gpt \"4o\"";
    detail.operation = "chat.completions";
    detail.firstTokenMs = 310;
    detail.loweredTo = 800;
    detail.attempts = {{3, 502, 130, "upstream closed"}, {7, 200, 2100, ""}};
    return detail;
}

} // namespace

class RowDetailTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(RowDetailTest);
    CPPUNIT_TEST(readsLikeThis);
    CPPUNIT_TEST(everyFieldComesBack);
    CPPUNIT_TEST(ratiosComeBackToTheLastBit);
    CPPUNIT_TEST(attemptsGoFromTheMiddleWhenThereAreMany);
    CPPUNIT_TEST(longTextsNeverPassTheLimit);
    CPPUNIT_TEST(whatIsNoDetailIsNotRead);
    CPPUNIT_TEST_SUITE_END();

public:
    void readsLikeThis()
    {
        RowDetail detail;
        detail.price.model = 2.5;
        detail.price.completion = 4;
        detail.source.model = "built-in";
        detail.usage.prompt = 7;
        detail.attempts = {{3, 200, 12, ""}};
        CPPUNIT_ASSERT_EQUAL(std::string(R"({"price":{"model":2.5,"group":1,"completion":4,"source":{"model":"built-in"}},)"
                                         R"("usage":{"prompt":7,"completion":0},"attempts":[{"channel":3,"status":200,"ms":12}]})"),
                             writeRowDetail(detail));
    }

    void everyFieldComesBack()
    {
        const RowDetail detail = full();
        const auto read = readRowDetail(writeRowDetail(detail));
        CPPUNIT_ASSERT(read);
        CPPUNIT_ASSERT_EQUAL(2.5, read->price.model);
        CPPUNIT_ASSERT_EQUAL(0.1, read->price.group);
        CPPUNIT_ASSERT_EQUAL(4.0, read->price.completion);
        CPPUNIT_ASSERT_EQUAL(0.5, read->price.cached);
        CPPUNIT_ASSERT_EQUAL(1.25, read->price.cacheWrite);
        CPPUNIT_ASSERT_EQUAL(16.0, read->price.audioInput);
        CPPUNIT_ASSERT_EQUAL(1.5, read->price.reasoning);
        CPPUNIT_ASSERT_EQUAL(12.75, read->price.audioOutput);
        CPPUNIT_ASSERT_EQUAL(std::string("option"), read->source.model);
        CPPUNIT_ASSERT_EQUAL(std::string("rule"), read->source.completion);
        CPPUNIT_ASSERT_EQUAL(std::string("default"), read->source.group);
        CPPUNIT_ASSERT_EQUAL(int64_t{1000}, read->usage.prompt);
        CPPUNIT_ASSERT_EQUAL(int64_t{500}, read->usage.completion);
        CPPUNIT_ASSERT_EQUAL(int64_t{64}, read->usage.cached);
        CPPUNIT_ASSERT_EQUAL(int64_t{3}, read->usage.cacheWrite);
        CPPUNIT_ASSERT_EQUAL(int64_t{7}, read->usage.audioInput);
        CPPUNIT_ASSERT_EQUAL(int64_t{100}, read->usage.reasoning);
        CPPUNIT_ASSERT_EQUAL(int64_t{9}, read->usage.audioOutput);
        CPPUNIT_ASSERT_EQUAL(int64_t{12500}, read->fixedPrice.value());
        CPPUNIT_ASSERT_EQUAL(int64_t{998}, read->countedPrompt.value());
        CPPUNIT_ASSERT_EQUAL(int64_t{0}, read->countedCompletion.value());
        CPPUNIT_ASSERT_EQUAL(detail.requestedModel, read->requestedModel);
        CPPUNIT_ASSERT_EQUAL(detail.operation, read->operation);
        CPPUNIT_ASSERT_EQUAL(int64_t{310}, read->firstTokenMs.value());
        CPPUNIT_ASSERT_EQUAL(int64_t{800}, read->loweredTo.value());
        CPPUNIT_ASSERT_EQUAL(size_t{2}, read->attempts.size());
        CPPUNIT_ASSERT_EQUAL(int64_t{3}, read->attempts[0].channelId);
        CPPUNIT_ASSERT_EQUAL(502, read->attempts[0].status);
        CPPUNIT_ASSERT_EQUAL(int64_t{130}, read->attempts[0].ms);
        CPPUNIT_ASSERT_EQUAL(std::string("upstream closed"), read->attempts[0].error);
        CPPUNIT_ASSERT_EQUAL(std::string(), read->attempts[1].error);
    }

    void ratiosComeBackToTheLastBit()
    {
        RowDetail detail;
        for (const double ratio : {1.0 / 3, 0.0, 1e6, 5e-324, 0.1 + 0.2, 2.19 / 0.55})
        {
            detail.price.model = ratio;
            detail.price.cached = ratio;
            const auto read = readRowDetail(writeRowDetail(detail));
            CPPUNIT_ASSERT(read && read->price.model == ratio && read->price.cached == ratio);
        }
    }

    void attemptsGoFromTheMiddleWhenThereAreMany()
    {
        RowDetail detail = full();
        detail.attempts.clear();
        for (int i = 1; i <= 100; ++i)
            detail.attempts.push_back({i, 502, 1000 + i, std::string(150, 'x')});
        const std::string json = writeRowDetail(detail);
        CPPUNIT_ASSERT(json.size() <= kMostDetailBytes);
        CPPUNIT_ASSERT(json.size() > kMostDetailBytes - 300); // no more went than had to
        const auto read = readRowDetail(json);
        CPPUNIT_ASSERT(read);
        CPPUNIT_ASSERT_EQUAL(int64_t{1}, read->attempts.front().channelId);
        CPPUNIT_ASSERT_EQUAL(int64_t{100}, read->attempts.back().channelId);
        CPPUNIT_ASSERT_EQUAL(size_t{100}, read->attempts.size() + read->attemptsDropped);
    }

    void longTextsNeverPassTheLimit()
    {
        RowDetail detail = full();
        for (const std::string& letter : {std::string("x"), std::string("\x01"), std::string("\xE6\xA8\xA1"), std::string("\xFF")})
        {
            std::string text;
            for (int i = 0; i < 100'000; ++i)
                text += letter;
            detail.requestedModel = detail.operation = text;
            detail.attempts = {{1, 0, 1, text}, {2, 0, 1, text}, {3, 0, 1, text}};
            const std::string json = writeRowDetail(detail);
            CPPUNIT_ASSERT(json.size() <= kMostDetailBytes);
            const auto read = readRowDetail(json);
            CPPUNIT_ASSERT(read && !read->attempts.empty());
            CPPUNIT_ASSERT_EQUAL(int64_t{1000}, read->usage.prompt);
        }
    }

    void whatIsNoDetailIsNotRead()
    {
        for (const char* text : {"", "{}", "[]", "null", "倍率：1.00", R"({"price":{}})", R"({"price":{"model":1}})",
                                 R"({"price":{"model":"1"},"usage":{}})", R"({"price":{"model":1},"usage":{})"})
            CPPUNIT_ASSERT(!readRowDetail(text));
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(RowDetailTest);
