#include "forward_run.h"

#include "relay/answer_headers.h"

#include <cppunit/extensions/HelperMacros.h>

using namespace switchyard;
using namespace switchyard::relay;
using providers::Cause;
using providers::TapVerdict;

namespace
{

const std::string kAnswer = "{\n \"id\": \"c1\", \"object\": \"chat.completion\", \"model\": \"m-1\",\n \"choices\": [{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":"
                            "\"H\\u00e9\",\"model\":\"m-1\"},\"finish_reason\":\"stop\"}],\n \"usage\": {\"prompt_tokens\": 9, \"completion_tokens\": 4, \"total_tokens\": 13}, \"x\": 1.50\n}\n";

} // namespace

class ForwardUnaryTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ForwardUnaryTest);
    CPPUNIT_TEST(bytesAreUpstreamsWhateverTheCuts);
    CPPUNIT_TEST(onlyTheTopModelIsReplaced);
    CPPUNIT_TEST(nothingLeavesBeforeTheEnd);
    CPPUNIT_TEST(errorInsideA200IsAFailure);
    CPPUNIT_TEST(errorStatusIsAFailure);
    CPPUNIT_TEST(brokenAnswersAreFailures);
    CPPUNIT_TEST(needlesShowTheWholeBody);
    CPPUNIT_TEST(embeddingsUsageIsRead);
    CPPUNIT_TEST(headersAreAllowedByList);
    CPPUNIT_TEST_SUITE_END();

    static Run unary()
    {
        Run run;
        run.stream = false;
        return run;
    }

public:
    void bytesAreUpstreamsWhateverTheCuts()
    {
        for (size_t cut = 1; cut <= kAnswer.size(); ++cut)
        {
            Run run = unary();
            run.over(kAnswer, {cut});
            CPPUNIT_ASSERT_EQUAL(kAnswer, run.out);
            CPPUNIT_ASSERT(!run.failure && run.observed.ended && run.observed.committed && run.observed.usage.final);
            CPPUNIT_ASSERT_EQUAL(int64_t(9), run.observed.usage.input);
            CPPUNIT_ASSERT_EQUAL(std::string("stop"), run.observed.finish);
            CPPUNIT_ASSERT_EQUAL(std::string("c1"), run.observed.upstreamId);
            CPPUNIT_ASSERT_EQUAL(uint64_t(1), run.frames);
        }
    }

    void onlyTheTopModelIsReplaced()
    {
        std::string expected = kAnswer;
        expected.replace(expected.find("\"m-1\""), 5, "\"asked-for\"");
        Run run = unary();
        run.flags = SWY_FORWARD_REPLACE_MODEL | SWY_FORWARD_DROP_USAGE_CHUNK;
        run.over(kAnswer, {7});
        CPPUNIT_ASSERT_EQUAL(expected, run.out);
    }

    void nothingLeavesBeforeTheEnd()
    {
        Run run = unary();
        run.complete = false;
        run.over(kAnswer, {50});
        CPPUNIT_ASSERT_EQUAL(std::string(), run.out);
        CPPUNIT_ASSERT(run.failure && run.failure->cause == Cause::upstreamBroken && !run.observed.committed);
    }

    void errorInsideA200IsAFailure()
    {
        Run run = unary();
        run.over(R"({"error":{"message":"over quota","type":"insufficient_quota","param":null,"code":"insufficient_quota"}})", {3});
        CPPUNIT_ASSERT(run.failure && run.failure->cause == Cause::quota);
        CPPUNIT_ASSERT_EQUAL(0, run.failure->httpStatus);
        CPPUNIT_ASSERT_EQUAL(std::string(), run.out);
        Run text = unary();
        text.whole(R"({"code":"bad","error":"the model sleeps"})");
        CPPUNIT_ASSERT_EQUAL(std::string("the model sleeps"), text.failure->message);
        for (const char* none : {R"({"error":null,"choices":[]})", R"({"error":{},"data":[]})", R"({"error":"","data":[]})"})
        {
            Run good = unary();
            good.whole(none);
            CPPUNIT_ASSERT_MESSAGE(none, !good.failure);
        }
    }

    void errorStatusIsAFailure()
    {
        Run run = unary();
        run.status = 404;
        run.whole(R"({"error":{"message":"no such model","type":"invalid_request_error","param":"model","code":"model_not_found"}})");
        CPPUNIT_ASSERT(run.failure && run.failure->cause == Cause::noModel);
        CPPUNIT_ASSERT_EQUAL(404, run.failure->httpStatus);
        CPPUNIT_ASSERT_EQUAL(std::string("model"), run.failure->param);
    }

    void brokenAnswersAreFailures()
    {
        for (const std::string& body : {std::string(), std::string("<html></html>"), kAnswer.substr(0, kAnswer.size() - 3), kAnswer + "x", std::string("{\"a\":\"\xFF\"}")})
        {
            Run run = unary();
            run.over(body, {10});
            CPPUNIT_ASSERT_MESSAGE(body, run.failure && run.failure->cause == Cause::upstreamBroken);
            CPPUNIT_ASSERT_EQUAL(std::string(), run.out);
        }
        Run large = unary();
        large.over("\"" + std::string(kMaxAnswer, 'x'), {1 << 22});
        CPPUNIT_ASSERT(large.failure.has_value());
    }

    void needlesShowTheWholeBody()
    {
        for (TapVerdict verdict : {TapVerdict::pass, TapVerdict::replace, TapVerdict::drop, TapVerdict::failed})
        {
            Run run = unary();
            run.needles = {"nothing", "m-1"};
            run.taps.instead = "{}";
            run.taps.verdict = [verdict](std::string_view) { return verdict; };
            run.over(kAnswer, {11});
            CPPUNIT_ASSERT_EQUAL(size_t(1), run.taps.frames.size());
            CPPUNIT_ASSERT_EQUAL(kAnswer, run.taps.frames[0]);
            CPPUNIT_ASSERT_EQUAL(uint32_t(1), run.taps.needles[0]);
            CPPUNIT_ASSERT_EQUAL(verdict == TapVerdict::pass ? kAnswer : verdict == TapVerdict::replace ? "{}" : "", run.out);
            CPPUNIT_ASSERT_EQUAL(verdict != TapVerdict::failed, run.observed.ended);
        }
    }

    void embeddingsUsageIsRead()
    {
        Run run = unary();
        run.operation = SWY_OP_EMBEDDINGS;
        run.over(R"({"object":"list","data":[{"embedding":[0.1,-2e-3]}],"model":"m","usage":{"prompt_tokens":5,"total_tokens":5}})", {9});
        CPPUNIT_ASSERT_EQUAL(int64_t(5), run.observed.usage.input);
        CPPUNIT_ASSERT_EQUAL(int64_t(0), run.observed.usage.output);
        CPPUNIT_ASSERT(run.observed.usage.reported);
    }

    void headersAreAllowedByList()
    {
        const providers::HeaderView headers[] = {
            {"content-type", "application/json"}, {"set-cookie", "a=b"}, {"openai-organization", "org"}, {"x-ratelimit-remaining-tokens", "5"},
            {"x-request-id", "req_1"}, {"x-oneapi-request-id", "r"}, {"access-control-allow-origin", "*"}, {"transfer-encoding", "chunked"},
            {"connection", "close"}, {"retry-after", "3"}, {"openai-processing-ms", "12"}, {"content-length", "9"}, {"content-encoding", "gzip"},
            {"openai-version", "a\r\nb: c"}, {"server", "x"}};
        std::string out;
        appendAllowedHeaders(out, headers, true);
        CPPUNIT_ASSERT_EQUAL(std::string("content-type: application/json\r\nx-ratelimit-remaining-tokens: 5\r\nx-upstream-request-id: req_1\r\n"
                                         "retry-after: 3\r\nopenai-processing-ms: 12\r\n"),
                             out);
        out.clear();
        appendAllowedHeaders(out, std::span(headers).first(2), false);
        CPPUNIT_ASSERT_EQUAL(std::string(), out);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ForwardUnaryTest);
