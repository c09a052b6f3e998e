#include "forward_run.h"

#include <cppunit/extensions/HelperMacros.h>

using namespace switchyard;
using namespace switchyard::relay;
using providers::Cause;
using providers::TapVerdict;

namespace
{

const std::string kRole = R"(data: {"id":"c1","object":"chat.completion.chunk","created":1,"model":"m-1","choices":[{"index":0,"delta":{"role":"assistant","content":"","refusal":null},"logprobs":null,"finish_reason":null}],"usage":null})" "\n\n";
const std::string kHello = R"(data: {"id":"c1","object":"chat.completion.chunk","created":1,"model":"m-1","choices":[{"index":0,"delta":{"content":"Hel\"usage\":lo"},"logprobs":null,"finish_reason":null}],"usage":null})" "\n\n";
const std::string kStop = R"(data: {"id":"c1","object":"chat.completion.chunk","created":1,"model":"m-1","choices":[{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}],"usage":null})" "\n\n";
const std::string kUsage = R"(data: {"id":"c1","object":"chat.completion.chunk","created":1,"model":"m-1","choices":[],"usage":{"prompt_tokens":9,"completion_tokens":4,"total_tokens":13,"prompt_tokens_details":{"cached_tokens":2,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":1}}})" "\n\n";
const std::string kDone = "data: [DONE]\n\n";
const std::string kError = R"(data: {"error":{"message":"slow down","type":"requests","param":null,"code":"rate_limit_exceeded"}})" "\n\n";
const std::string kComment = ": keep-alive\n\n";
const std::string kWhole = kRole + kHello + kStop + kUsage + kDone;

std::string with(std::string text, const std::string& from, const std::string& to)
{
    for (size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
        text.replace(at, from.size(), to);
    return text;
}

struct Texts final : TextObserver
{
    std::string all;
    void onText(std::string_view text) override { all += "[" + std::string(text) + "]"; }
};

} // namespace

class ForwardStreamTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ForwardStreamTest);
    CPPUNIT_TEST(bytesAreUpstreamsWhateverTheCuts);
    CPPUNIT_TEST(otherFramingsAreUpstreamsToo);
    CPPUNIT_TEST(everyCutGivesTheSameWithEveryOption);
    CPPUNIT_TEST(framesWithoutContentWaitForTheFirstToken);
    CPPUNIT_TEST(whatWaitsIsBounded);
    CPPUNIT_TEST(usageIsTheLastOne);
    CPPUNIT_TEST(usageOfTheFamilyIsUnderstood);
    CPPUNIT_TEST(usageThatIsNoCountIsNotUsage);
    CPPUNIT_TEST(modelIsReplacedAtTheTopOnly);
    CPPUNIT_TEST(usageChunkThatNobodyAskedForIsDropped);
    CPPUNIT_TEST(needlesAreShownToThePlugin);
    CPPUNIT_TEST(errorBeforeTheFirstTokenIsAFailure);
    CPPUNIT_TEST(errorAfterTheFirstTokenIsPassedOn);
    CPPUNIT_TEST(jsonAnswerToAStreamRequestIsAFailure);
    CPPUNIT_TEST(errorStatusIsAFailure);
    CPPUNIT_TEST(garbageIsAFailure);
    CPPUNIT_TEST(missingEndIsAFailure);
    CPPUNIT_TEST(missingDoneIsAdded);
    CPPUNIT_TEST(choicesThatGoOnAreNotAnEnd);
    CPPUNIT_TEST(eventStreamWithoutItsContentTypeIsOne);
    CPPUNIT_TEST(megabyteFramesPass);
    CPPUNIT_TEST(textsAreTold);
    CPPUNIT_TEST(legacyCompletionsStream);
    CPPUNIT_TEST(bytesPassAsTheyCome);
    CPPUNIT_TEST_SUITE_END();

public:
    void bytesAreUpstreamsWhateverTheCuts()
    {
        const std::string body = kComment + kRole + kHello + kComment + kStop + kUsage + kDone;
        for (size_t cut = 1; cut <= body.size(); ++cut)
        {
            Run run;
            run.over(body, {cut});
            CPPUNIT_ASSERT_EQUAL(body, run.out);
            CPPUNIT_ASSERT(!run.failure);
            CPPUNIT_ASSERT_EQUAL(uint64_t(7), run.frames);
            CPPUNIT_ASSERT(run.observed.ended && run.observed.committed && run.observed.usage.final);
            CPPUNIT_ASSERT_EQUAL(std::string("stop"), run.observed.finish);
            CPPUNIT_ASSERT_EQUAL(std::string("c1"), run.observed.upstreamId);
            CPPUNIT_ASSERT_EQUAL(int64_t(9), run.observed.usage.input);
            CPPUNIT_ASSERT_EQUAL(int64_t(2), run.observed.usage.cached);
            CPPUNIT_ASSERT_EQUAL(int64_t(4), run.observed.usage.output);
            CPPUNIT_ASSERT_EQUAL(int64_t(1), run.observed.usage.reasoning);
        }
    }

    void otherFramingsAreUpstreamsToo()
    {
        for (const std::string& body : {with(kWhole, "\n", "\r\n"), with(kWhole, "\n", "\r"), with(kWhole, "data: ", "data:"), "\xEF\xBB\xBF" + kWhole,
                                        kWhole.substr(0, kWhole.size() - 2), with(kWhole, "data: {", "id: 7\nevent: message\ndata: {")})
            for (size_t cut : {size_t(1), size_t(2), size_t(7), size_t(100), body.size()})
            {
                Run run;
                run.over(body, {cut});
                CPPUNIT_ASSERT_EQUAL(body, run.out);
                CPPUNIT_ASSERT(!run.failure);
                CPPUNIT_ASSERT_EQUAL(int64_t(13), run.observed.usage.input + run.observed.usage.output);
            }
    }

    void everyCutGivesTheSameWithEveryOption()
    {
        const std::string body = kRole + kHello + with(kHello, "data: {\"id\":\"c1\",", "data: {\"id\":\"c1\",\ndata: ") + kStop + kUsage + kDone;
        for (uint32_t flags = 0; flags <= (SWY_FORWARD_REPLACE_MODEL | SWY_FORWARD_DROP_USAGE_CHUNK); ++flags)
        {
            Run uncut;
            uncut.flags = flags;
            uncut.needles = {"Hel", "nothing"};
            uncut.whole(body);
            for (size_t first = 0; first < body.size(); ++first)
            {
                Run run;
                run.flags = flags;
                run.needles = {"Hel", "nothing"};
                run.over(body, {first + 1, 3, body.size()});
                CPPUNIT_ASSERT_EQUAL(uncut.out, run.out);
                CPPUNIT_ASSERT(uncut.taps.frames == run.taps.frames);
                CPPUNIT_ASSERT_EQUAL(uncut.frames, run.frames);
                CPPUNIT_ASSERT_EQUAL(int64_t(4), run.observed.usage.output);
            }
        }
    }

    void framesWithoutContentWaitForTheFirstToken()
    {
        const std::string empty = with(kHello, "Hel\\\"usage\\\":lo", "");
        Run run;
        run.complete = false;
        run.whole(kComment + kRole + empty + kComment);
        CPPUNIT_ASSERT_EQUAL(std::string(), run.out);
        CPPUNIT_ASSERT(!run.observed.committed);
        CPPUNIT_ASSERT(run.failure && run.failure->cause == Cause::upstreamBroken);
        for (const char* delta : {R"({"content":"x"})", R"({"reasoning_content":"x"})", R"({"reasoning":"x","channel":"analysis"})",
                                  R"({"tool_calls":[{"index":0,"id":"a"}]})", R"({"refusal":"no"})", R"({"content":[{"type":"thinking"}]})",
                                  R"({"function_call":{"name":"f"}})", R"({"audio":{"data":"AA"}})", R"({"x":7})"})
        {
            Run begun;
            begun.complete = false;
            const std::string frame = std::string(R"(data: {"choices":[{"index":0,"delta":)") + delta + "}]}\n\n";
            begun.whole(kRole + frame);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(delta, kRole + frame, begun.out);
            CPPUNIT_ASSERT_MESSAGE(delta, begun.observed.committed);
        }
        for (const char* delta : {"{}", R"({"role":"assistant"})", R"({"role":"assistant","content":null})", R"({"content":"","refusal":null,"tool_calls":[]})", R"({"audio":{}})", "null"})
        {
            Run waits;
            waits.complete = false;
            waits.whole(std::string(R"(data: {"choices":[{"index":0,"delta":)") + delta + "}]}\n\n");
            CPPUNIT_ASSERT_EQUAL_MESSAGE(delta, std::string(), waits.out);
        }
    }

    void whatWaitsIsBounded()
    {
        std::string body;
        while (body.size() <= kMaxHeld)
            body += kRole;
        Run run;
        run.complete = false;
        run.over(body, {1000});
        CPPUNIT_ASSERT(run.observed.committed);
        CPPUNIT_ASSERT_EQUAL(body, run.out);
    }

    void usageIsTheLastOne()
    {
        Run run;
        run.whole(kRole + kHello + with(kUsage, ":4,", ":1,") + kStop + kUsage + kDone);
        CPPUNIT_ASSERT_EQUAL(int64_t(4), run.observed.usage.output);
        Run cut;
        cut.complete = false;
        cut.whole(kRole + kHello + kUsage);
        CPPUNIT_ASSERT(cut.failure.has_value());
        CPPUNIT_ASSERT(cut.observed.usage.reported && !cut.observed.usage.final);
    }

    void usageOfTheFamilyIsUnderstood()
    {
        struct
        {
            const char* json;
            int64_t input, output, cached, reasoning;
        } rows[] = {
            {R"("x_groq":{"id":"r","usage":{"prompt_tokens":3,"completion_tokens":4,"total_tokens":7,"queue_time":0.2}})", 3, 4, 0, 0},
            {R"("usage":null,"x_groq":{"usage":{"prompt_tokens":3,"completion_tokens":4}})", 3, 4, 0, 0},
            {R"("usage":{"prompt_tokens":173,"completion_tokens":10,"total_tokens":266,"completion_tokens_details":{"reasoning_tokens":83}})", 173, 93, 0, 83},
            {R"("usage":{"prompt_tokens":8,"completion_tokens":2,"total_tokens":10,"prompt_cache_hit_tokens":5,"prompt_tokens_details":null})", 8, 2, 5, 0},
            {R"("usage":{"prompt_tokens":8,"completion_tokens":2,"num_cached_tokens":6})", 8, 2, 6, 0},
            {R"("usage":{"total_tokens":5})", 5, 0, 0, 0},
            {R"("usage":{"input_tokens":5,"output_tokens":6})", 5, 6, 0, 0},
            {R"("usage" : {"prompt_tokens":2.0,"completion_tokens":1e1})", 2, 10, 0, 0},
        };
        for (const auto& row : rows)
        {
            Run run;
            run.whole(kRole + kHello + R"(data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],)" + row.json + "}\n\n" + kDone);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(row.json, row.input, run.observed.usage.input);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(row.json, row.output, run.observed.usage.output);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(row.json, row.cached, run.observed.usage.cached);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(row.json, row.reasoning, run.observed.usage.reasoning);
            CPPUNIT_ASSERT_MESSAGE(row.json, run.observed.usage.final && !run.observed.badUsage);
        }
    }

    void usageThatIsNoCountIsNotUsage()
    {
        for (const char* json : {R"({"prompt_tokens":-1,"completion_tokens":4})", R"({"prompt_tokens":"9","completion_tokens":4})",
                                 R"({"prompt_tokens":1.5,"completion_tokens":4})", R"({"prompt_tokens":2000000000,"completion_tokens":4})"})
        {
            Run run;
            run.whole(kRole + kHello + kStop + R"(data: {"choices":[],"usage":)" + json + "}\n\n" + kDone);
            CPPUNIT_ASSERT_MESSAGE(json, run.observed.badUsage && !run.observed.usage.reported);
        }
        Run zero;
        zero.whole(kRole + kHello + kStop + R"(data: {"choices":[],"usage":{"prompt_tokens":0,"completion_tokens":0,"total_tokens":0}})" "\n\n" + kDone);
        CPPUNIT_ASSERT(!zero.observed.usage.reported && !zero.observed.badUsage);
    }

    void modelIsReplacedAtTheTopOnly()
    {
        const std::string nested = R"(data: {"choices":[{"index":0,"delta":{"content":"\"model\":\"m-1\""},"model":"m-1"}],"model" : "m-1"})" "\n\n";
        Run run;
        run.flags = SWY_FORWARD_REPLACE_MODEL;
        run.model = "as\"ked";
        run.whole(kRole + kHello + nested + kStop + kDone);
        const std::string asked = with(kRole + kHello, R"("model":"m-1")", R"("model":"as\"ked")") + with(nested, R"("model" : "m-1")", R"("model" : "as\"ked")") +
                                  with(kStop, R"("model":"m-1")", R"("model":"as\"ked")") + kDone;
        CPPUNIT_ASSERT_EQUAL(asked, run.out);
        Run same;
        same.flags = SWY_FORWARD_REPLACE_MODEL;
        same.model = "m-1";
        same.whole(kWhole);
        CPPUNIT_ASSERT_EQUAL(kWhole, same.out);
        Run changing; // the name in front of it changes its length, and so the place of the model
        changing.flags = SWY_FORWARD_REPLACE_MODEL;
        changing.whole(kRole + with(kHello, "\"c1\"", "\"c1234\"") + with(kHello, "m-1", "m-2") + with(kHello, "\"model\":\"m-1\",", "") + with(kHello, "\"m-1\"", "null") + kStop + kDone);
        CPPUNIT_ASSERT_EQUAL(with(kRole + with(kHello, "\"c1\"", "\"c1234\"") + kHello + with(kHello, "\"model\":\"m-1\",", "") + with(kHello, "\"m-1\"", "null") + kStop + kDone,
                                  "m-1", "asked-for"),
                             changing.out);
    }

    void usageChunkThatNobodyAskedForIsDropped()
    {
        Run run;
        run.flags = SWY_FORWARD_DROP_USAGE_CHUNK;
        run.whole(kWhole);
        CPPUNIT_ASSERT_EQUAL(kRole + kHello + kStop + kDone, run.out);
        CPPUNIT_ASSERT_EQUAL(int64_t(9), run.observed.usage.input);
        const std::string finishing = R"(data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":2}})" "\n\n";
        Run inside; // usage on the finish chunk is the provider's own habit: it stays
        inside.flags = SWY_FORWARD_DROP_USAGE_CHUNK;
        inside.whole(kRole + kHello + finishing + kUsage + kDone);
        CPPUNIT_ASSERT_EQUAL(kRole + kHello + finishing + kDone, inside.out);
    }

    void needlesAreShownToThePlugin()
    {
        const auto run = [](TapVerdict verdict) {
            Run tapped;
            tapped.needles = {"zebra", "Hel"};
            tapped.taps.instead = "data: {}\n\n";
            tapped.taps.verdict = [verdict](std::string_view) { return verdict; };
            tapped.whole(kWhole);
            CPPUNIT_ASSERT_EQUAL(size_t(1), tapped.taps.frames.size());
            CPPUNIT_ASSERT_EQUAL(uint32_t(1), tapped.taps.needles[0]);
            CPPUNIT_ASSERT_EQUAL(kHello, tapped.taps.frames[0]);
            CPPUNIT_ASSERT_EQUAL(kHello, "data: " + tapped.taps.data[0] + "\n\n");
            return tapped.out;
        };
        CPPUNIT_ASSERT_EQUAL(kWhole, run(TapVerdict::pass));
        CPPUNIT_ASSERT_EQUAL(kRole + kStop + kUsage + kDone, run(TapVerdict::drop));
        CPPUNIT_ASSERT_EQUAL(kRole + "data: {}\n\n" + kStop + kUsage + kDone, run(TapVerdict::replace));
        CPPUNIT_ASSERT_EQUAL(kRole, run(TapVerdict::failed));
    }

    void errorBeforeTheFirstTokenIsAFailure()
    {
        for (const std::string& body : {kError, kComment + kRole + kError, kRole + "event: error\n" + kError + kDone})
            for (size_t cut : {size_t(1), size_t(9), body.size()})
            {
                Run run;
                run.over(body, {cut});
                CPPUNIT_ASSERT_EQUAL(std::string(), run.out);
                CPPUNIT_ASSERT(run.failure.has_value());
                CPPUNIT_ASSERT(run.failure->cause == Cause::rate);
                CPPUNIT_ASSERT_EQUAL(std::string("slow down"), run.failure->message);
                CPPUNIT_ASSERT_EQUAL(std::string("rate_limit_exceeded"), run.failure->code);
            }
        Run numeric;
        numeric.whole(R"(data: {"error":{"message":"busy","code":503,"metadata":{}},"user_id":"u"})" "\n\n");
        CPPUNIT_ASSERT_EQUAL(503, numeric.failure->httpStatus);
        CPPUNIT_ASSERT_EQUAL(std::string("503"), numeric.failure->codeJson);
        Run text;
        text.whole("event: error\ndata: out of memory\n\n");
        CPPUNIT_ASSERT(text.failure->message.find("out of memory") != std::string::npos);
        Run none; // "error": null says that there is none
        none.whole(with(kWhole, "\"usage\":null", "\"error\":null"));
        CPPUNIT_ASSERT(!none.failure);
    }

    void errorAfterTheFirstTokenIsPassedOn()
    {
        for (const std::string& tail : {kError, "event: error\n" + kError, kError + kDone})
        {
            Run run;
            run.whole(kRole + kHello + tail);
            CPPUNIT_ASSERT_EQUAL(kRole + kHello + tail, run.out);
            CPPUNIT_ASSERT(!run.failure);
            CPPUNIT_ASSERT(run.observed.hasPassedError && !run.observed.ended);
            CPPUNIT_ASSERT_EQUAL(std::string("slow down"), run.observed.passedError.message);
        }
    }

    void jsonAnswerToAStreamRequestIsAFailure()
    {
        const std::string answer = R"({"id":"c1","choices":[{"index":0,"message":{"content":"Hi"},"finish_reason":"stop"}]})";
        for (const std::string& body : {answer, "\n " + answer, answer + std::string(100000, ' ')})
            for (size_t cut : {size_t(1), size_t(64), body.size()})
            {
                Run run;
                run.over(body, {cut});
                CPPUNIT_ASSERT_EQUAL(std::string(), run.out);
                CPPUNIT_ASSERT(run.failure && run.failure->cause == Cause::upstreamBroken);
                CPPUNIT_ASSERT_EQUAL(0, run.failure->httpStatus);
            }
        Run error;
        error.over(R"({"error":{"message":"gone","type":"invalid_request_error","code":"model_decommissioned"}})", {5});
        CPPUNIT_ASSERT(error.failure && error.failure->cause == Cause::noModel);
        CPPUNIT_ASSERT_EQUAL(std::string("gone"), error.failure->message);
    }

    void errorStatusIsAFailure()
    {
        Run run;
        run.status = 429;
        run.over(R"({"error":{"message":"later","type":"tokens","code":null}})", {10});
        CPPUNIT_ASSERT_EQUAL(429, run.failure->httpStatus);
        CPPUNIT_ASSERT_EQUAL(std::string("null"), run.failure->codeJson);
        Run html;
        html.status = 502;
        html.whole("<html>Bad gateway</html>");
        CPPUNIT_ASSERT(html.failure->message.find("Bad gateway") != std::string::npos);
    }

    void garbageIsAFailure()
    {
        for (const std::string& body : {std::string("<!doctype html><html>\n\n</html>"), std::string("\x01\x02\n\n\xFF"), std::string(), std::string("\n\n\n"), kDone,
                                        kComment + kDone, std::string("data: {\"object\":\"x\"}\n\n") + kDone, std::string("data: hello\n\n")})
            for (size_t cut : {size_t(1), body.size() + 1})
            {
                Run run;
                run.over(body, {cut});
                CPPUNIT_ASSERT_EQUAL(std::string(), run.out);
                CPPUNIT_ASSERT_MESSAGE(body, run.failure && run.failure->cause == Cause::upstreamBroken);
            }
    }

    void missingEndIsAFailure()
    {
        for (bool complete : {true, false})
        {
            Run run;
            run.complete = complete;
            run.whole(kRole + kHello);
            CPPUNIT_ASSERT_EQUAL(kRole + kHello, run.out);
            CPPUNIT_ASSERT(run.failure && run.observed.committed && !run.observed.ended);
        }
        Run half; // a frame that broke off is not sent
        half.complete = false;
        half.whole(kRole + kHello + kStop.substr(0, 40));
        CPPUNIT_ASSERT_EQUAL(kRole + kHello, half.out);
        CPPUNIT_ASSERT(half.failure.has_value());
    }

    void missingDoneIsAdded()
    {
        for (size_t missing : {0u, 1u, 2u})
        {
            Run run;
            const std::string body = (kRole + kHello + kStop).substr(0, kRole.size() + kHello.size() + kStop.size() - missing);
            run.whole(body);
            CPPUNIT_ASSERT(!run.failure && run.observed.ended);
            CPPUNIT_ASSERT_EQUAL(body + (missing == 0 ? "" : "\n\n") + kDone, run.out);
        }
        Run broken;
        broken.complete = false;
        broken.whole(kRole + kHello + kStop);
        CPPUNIT_ASSERT_EQUAL(kRole + kHello + kStop + kDone, broken.out);
        CPPUNIT_ASSERT(!broken.failure);
    }

    void choicesThatGoOnAreNotAnEnd()
    {
        const std::string other = with(kHello, "\"index\":0", "\"index\":1");
        Run run;
        run.whole(kRole + kHello + kStop + other);
        CPPUNIT_ASSERT(run.failure.has_value());
        Run ended;
        ended.whole(kRole + kHello + kStop + other + with(kStop, "\"index\":0", "\"index\":1"));
        CPPUNIT_ASSERT(!ended.failure);
    }

    void eventStreamWithoutItsContentTypeIsOne()
    {
        Run run; // forwarders look at the body alone; a blank start is no document
        run.over("\n\n" + kWhole, {1});
        CPPUNIT_ASSERT_EQUAL("\n\n" + kWhole, run.out);
        CPPUNIT_ASSERT(!run.failure);
    }

    void megabyteFramesPass()
    {
        const std::string big = with(kHello, "Hel", std::string(1 << 20, 'x'));
        for (size_t cut : {size_t(4096), size_t(16384), big.size() * 2})
        {
            Run run;
            run.over(kRole + big + kStop + kDone, {cut});
            CPPUNIT_ASSERT(run.out == kRole + big + kStop + kDone);
        }
        Run tooLong;
        tooLong.over("data: " + std::string(kMaxAnswer / 4, 'x'), {1 << 20});
        CPPUNIT_ASSERT(tooLong.failure && tooLong.out.empty());
    }

    void textsAreTold()
    {
        Texts texts;
        Run run;
        run.texts = &texts;
        run.over(kRole + R"(data: {"choices":[{"index":0,"delta":{"reasoning":"hm","reasoning_content":"hm"}}]})" "\n\n" + kHello +
                     R"(data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"name":"f","arguments":"{\"a\":1}"}}]}}]})" "\n\n" +
                     R"(data: {"choices":[{"index":0,"delta":{"content":[{"type":"thinking","thinking":[{"type":"text","text":"t"}]}]}}]})" "\n\n" + kStop + kDone,
                 {11});
        CPPUNIT_ASSERT_EQUAL(std::string(R"([hm][Hel"usage":lo][f][{"a":1}][t])"), texts.all);
    }

    void legacyCompletionsStream()
    {
        const std::string body = R"(data: {"id":"cmpl-1","object":"text_completion","choices":[{"text":"Hi","index":0,"logprobs":null,"finish_reason":null}],"model":"m-1"})" "\n\n"
                                 R"(data: {"id":"cmpl-1","object":"text_completion","choices":[{"text":"","index":0,"logprobs":null,"finish_reason":"length"}],"model":"m-1"})" "\n\n";
        Run run;
        run.operation = SWY_OP_COMPLETIONS;
        run.over(body + kDone, {3});
        CPPUNIT_ASSERT_EQUAL(body + kDone, run.out);
        CPPUNIT_ASSERT_EQUAL(std::string("length"), run.observed.finish);
    }

    void bytesPassAsTheyCome()
    {
        Run run;
        run.dialect = SWY_DIALECT_BYTES;
        run.over(std::string_view("\0\xFF{\"error\":1}", 13), {4});
        CPPUNIT_ASSERT_EQUAL(std::string("\0\xFF{\"error\":1}", 13), run.out);
        CPPUNIT_ASSERT(run.observed.committed && run.observed.ended && !run.failure);
        Run broken;
        broken.dialect = SWY_DIALECT_BYTES;
        broken.complete = false;
        broken.whole("abc");
        CPPUNIT_ASSERT(broken.failure && broken.observed.committed);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ForwardStreamTest);
