#include "relay/body_scan.h"
#include "relay/dialects/openai.h"
#include "relay/dialects/openai_models.h"
#include "switchyard/provider.h"
#include "switchyard/sse.hpp"

#include <cppunit/extensions/HelperMacros.h>

#include <array>

using namespace switchyard;
using namespace switchyard::relay;
using providers::Delta;

namespace
{

AnswerForm form(bool stream, bool wantsUsage = false, std::string_view operation = SWY_OP_CHAT)
{
    AnswerForm answer;
    answer.operation = operation;
    answer.id = "id-1";
    answer.created = 1700000000;
    answer.model = "m\"1";
    answer.stream = stream;
    answer.wantsUsage = wantsUsage;
    return answer;
}

Delta delta(uint32_t kind, std::string_view text, uint32_t choice = 0, uint32_t block = 0)
{
    Delta piece;
    piece.kind = kind;
    piece.text = text;
    piece.choice = choice;
    piece.block = block;
    return piece;
}

Delta stop(std::string_view reason, uint32_t choice = 0)
{
    Delta piece;
    piece.kind = SWY_DELTA_STOP;
    piece.name = reason;
    piece.choice = choice;
    return piece;
}

Delta toolBegin(std::string_view id, std::string_view name, uint32_t block)
{
    Delta piece;
    piece.kind = SWY_DELTA_TOOL_BEGIN;
    piece.id = id;
    piece.name = name;
    piece.block = block;
    return piece;
}

Usage used()
{
    Usage usage;
    usage.reported = true;
    usage.input = 7;
    usage.output = 5;
    usage.cached = 2;
    usage.reasoning = 1;
    return usage;
}

std::string render(const AnswerForm& answer, const std::vector<Delta>& deltas, const Usage& usage)
{
    auto renderer = makeOpenAiRenderer(answer);
    OutputQueue queue;
    for (const Delta& piece : deltas)
        renderer->delta(piece, queue);
    renderer->finish(usage, queue);
    std::string out;
    std::array<iovec, 8> room;
    while (const size_t count = queue.fill(room))
        for (size_t i = 0, rest = count; i < rest; ++i)
        {
            out.append(static_cast<const char*>(room[i].iov_base), room[i].iov_len);
            if (i + 1 == rest) queue.consume(out.size() - queue.bytesDelivered());
        }
    return out;
}

/// The chunks' own parts: what stands between "choices": and the end, and the fixed head checked on the way.
std::vector<std::string> chunks(const std::string& stream, std::string_view object = "chat.completion.chunk")
{
    std::string head = R"({"id":"id-1","object":")";
    head.append(object).append(R"(","created":1700000000,"model":"m\"1","choices":)");
    std::vector<std::string> out;
    sdk::SseSplitter splitter;
    splitter.feed(stream);
    for (sdk::SseFrame frame; splitter.next(frame);)
    {
        if (frame.data == "[DONE]")
        {
            out.emplace_back("[DONE]");
            continue;
        }
        CPPUNIT_ASSERT_MESSAGE(std::string(frame.data), scanBody(frame.data).ok());
        CPPUNIT_ASSERT_EQUAL(head, std::string(frame.data.substr(0, head.size())));
        out.emplace_back(frame.data.substr(head.size(), frame.data.size() - head.size() - 1));
    }
    return out;
}

void compare(const std::vector<std::string>& expected, const std::vector<std::string>& got)
{
    for (size_t i = 0; i < std::min(expected.size(), got.size()); ++i)
        CPPUNIT_ASSERT_EQUAL(expected[i], got[i]);
    CPPUNIT_ASSERT_EQUAL(expected.size(), got.size());
}

const std::string kRole = R"([{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}])";
const std::string kStop = R"([{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}])";

std::string chunk(const std::string& inner, int index = 0)
{
    return R"([{"index":)" + std::to_string(index) + R"(,"delta":{)" + inner + R"(},"logprobs":null,"finish_reason":null}])";
}

} // namespace

class OpenAiDialectTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(OpenAiDialectTest);
    CPPUNIT_TEST(streamHasRoleTextFinishDone);
    CPPUNIT_TEST(streamSaysUsageWhenAsked);
    CPPUNIT_TEST(streamNumbersToolCalls);
    CPPUNIT_TEST(streamSaysThinkingRefusalCitation);
    CPPUNIT_TEST(streamKeepsChoicesApart);
    CPPUNIT_TEST(finishComesOnce);
    CPPUNIT_TEST(emptyAnswerIsAnAnswer);
    CPPUNIT_TEST(legacyStreamHasTextAlone);
    CPPUNIT_TEST(wholeAnswer);
    CPPUNIT_TEST(wholeAnswerWithTools);
    CPPUNIT_TEST(wholeLegacyAnswer);
    CPPUNIT_TEST(commitsWithTheFirstContent);
    CPPUNIT_TEST(modelsAreSortedAndComeOnce);
    CPPUNIT_TEST(unknownModelIsA404);
    CPPUNIT_TEST_SUITE_END();

public:
    void streamHasRoleTextFinishDone()
    {
        compare({kRole, chunk(R"("content":"Hé\n\"")"), chunk(R"("content":"b")"), kStop, "[DONE]"},
                chunks(render(form(true), {delta(SWY_DELTA_TEXT, "Hé\n\""), delta(SWY_DELTA_TEXT, ""), delta(SWY_DELTA_TEXT, "b"), stop("stop")}, used())));
    }

    void streamSaysUsageWhenAsked()
    {
        const auto got = chunks(render(form(true, true), {delta(SWY_DELTA_TEXT, "a")}, used()));
        compare({kRole + R"(,"usage":null)", chunk(R"("content":"a")") + R"(,"usage":null)", kStop + R"(,"usage":null)",
                 R"([],"usage":{"prompt_tokens":7,"completion_tokens":5,"total_tokens":12,"prompt_tokens_details":{"cached_tokens":2,"audio_tokens":0},)"
                 R"("completion_tokens_details":{"reasoning_tokens":1,"audio_tokens":0}})",
                 "[DONE]"},
                got);
        CPPUNIT_ASSERT_EQUAL(size_t(4), chunks(render(form(true, true), {delta(SWY_DELTA_TEXT, "a")}, Usage())).size());
    }

    void streamNumbersToolCalls()
    {
        const auto got = chunks(render(form(true), {delta(SWY_DELTA_TEXT, "a"), toolBegin("call_1", "f", 1), delta(SWY_DELTA_TOOL_ARGUMENTS, "{\"x\"", 0, 1),
                                                    toolBegin("call_2", "g", 4), delta(SWY_DELTA_TOOL_ARGUMENTS, "{}", 0, 4), delta(SWY_DELTA_TOOL_ARGUMENTS, ":1}", 0, 1)}, used()));
        compare({kRole, chunk(R"("content":"a")"),
                 chunk(R"("tool_calls":[{"index":0,"id":"call_1","type":"function","function":{"name":"f","arguments":""}}])"),
                 chunk(R"("tool_calls":[{"index":0,"function":{"arguments":"{\"x\""}}])"),
                 chunk(R"("tool_calls":[{"index":1,"id":"call_2","type":"function","function":{"name":"g","arguments":""}}])"),
                 chunk(R"("tool_calls":[{"index":1,"function":{"arguments":"{}"}}])"), chunk(R"("tool_calls":[{"index":0,"function":{"arguments":":1}"}}])"),
                 R"([{"index":0,"delta":{},"logprobs":null,"finish_reason":"tool_calls"}])", "[DONE]"},
                got);
    }

    void streamSaysThinkingRefusalCitation()
    {
        Delta citation = delta(SWY_DELTA_CITATION, "");
        citation.extra = R"({"type":"url_citation"})";
        Delta broken = citation;
        broken.extra = "{\"a\"";
        compare({kRole, chunk(R"("reasoning_content":"hm")"), chunk(R"("refusal":"no")"), chunk(R"("annotations":[{"type":"url_citation"}])"), kStop, "[DONE]"},
                chunks(render(form(true), {delta(SWY_DELTA_THINKING, "hm"), delta(SWY_DELTA_SIGNATURE, "s"), delta(SWY_DELTA_REFUSAL, "no"), citation, broken, delta(99, "x")}, used())));
    }

    void streamKeepsChoicesApart()
    {
        const auto got = chunks(render(form(true), {delta(SWY_DELTA_TEXT, "a", 1), delta(SWY_DELTA_TEXT, "b", 0), stop("length", 1), delta(SWY_DELTA_TEXT, "x", 4000000000u)}, used()));
        compare({R"([{"index":1,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}])", chunk(R"("content":"a")", 1), kRole, chunk(R"("content":"b")"),
                 R"([{"index":1,"delta":{},"logprobs":null,"finish_reason":"length"}])", kStop, "[DONE]"},
                got);
    }

    void finishComesOnce()
    {
        compare({kRole, chunk(R"("content":"a")"), R"([{"index":0,"delta":{},"logprobs":null,"finish_reason":"length"}])", "[DONE]"},
                chunks(render(form(true), {delta(SWY_DELTA_TEXT, "a"), stop("length"), stop("stop")}, used())));
    }

    void emptyAnswerIsAnAnswer()
    {
        compare({kRole, kStop, "[DONE]"}, chunks(render(form(true), {}, used())));
        const std::string whole = render(form(false), {}, used());
        CPPUNIT_ASSERT(whole.find(R"("content":"","refusal":null},"logprobs":null,"finish_reason":"stop")") != std::string::npos);
    }

    void legacyStreamHasTextAlone()
    {
        compare({R"([{"index":0,"text":"a","logprobs":null,"finish_reason":null}])", R"([{"index":0,"text":"","logprobs":null,"finish_reason":"stop"}])", "[DONE]"},
                chunks(render(form(true, false, SWY_OP_COMPLETIONS), {delta(SWY_DELTA_THINKING, "hm"), delta(SWY_DELTA_TEXT, "a"), stop("stop")}, used()), "text_completion"));
    }

    void wholeAnswer()
    {
        CPPUNIT_ASSERT_EQUAL(std::string(R"({"id":"id-1","object":"chat.completion","created":1700000000,"model":"m\"1","choices":[{"index":0,"message":{"role":"assistant",)"
                                         R"("content":"ab","refusal":null,"reasoning_content":"hm"},"logprobs":null,"finish_reason":"length"}],"usage":{"prompt_tokens":7,"completion_tokens":5,)"
                                         R"("total_tokens":12,"prompt_tokens_details":{"cached_tokens":2,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":1,"audio_tokens":0}}})"),
                             render(form(false), {delta(SWY_DELTA_TEXT, "a"), delta(SWY_DELTA_THINKING, "hm"), delta(SWY_DELTA_TEXT, "b"), stop("length")}, used()));
    }

    void wholeAnswerWithTools()
    {
        const std::string whole = render(form(false), {toolBegin("c1", "f", 3), delta(SWY_DELTA_TOOL_ARGUMENTS, "{\"x\":", 0, 3), delta(SWY_DELTA_TOOL_ARGUMENTS, "1}", 0, 3),
                                                       toolBegin("c2", "g", 4), delta(SWY_DELTA_TEXT, "t", 1)}, used());
        CPPUNIT_ASSERT(scanBody(whole).ok());
        CPPUNIT_ASSERT(whole.find(R"("content":null,"refusal":null,"tool_calls":[{"index":0,"id":"c1","type":"function","function":{"name":"f","arguments":"{\"x\":1}"}},)"
                                  R"({"index":1,"id":"c2","type":"function","function":{"name":"g","arguments":""}}]},"logprobs":null,"finish_reason":"tool_calls"},{"index":1,)") != std::string::npos);
    }

    void wholeLegacyAnswer()
    {
        CPPUNIT_ASSERT(render(form(false, false, SWY_OP_COMPLETIONS), {delta(SWY_DELTA_TEXT, "ab")}, used())
                           .find(R"("object":"text_completion","created":1700000000,"model":"m\"1","choices":[{"index":0,"text":"ab","logprobs":null,"finish_reason":"stop"}])") != std::string::npos);
    }

    void commitsWithTheFirstContent()
    {
        const AnswerForm streamed = form(true), whole = form(false);
        auto renderer = makeOpenAiRenderer(streamed);
        OutputQueue queue;
        renderer->delta(delta(SWY_DELTA_TEXT, ""), queue);
        CPPUNIT_ASSERT(!renderer->committed() && queue.empty());
        renderer->delta(delta(SWY_DELTA_TEXT, "a"), queue);
        CPPUNIT_ASSERT(renderer->committed() && !queue.empty());
        auto keeping = makeOpenAiRenderer(whole);
        OutputQueue nothing;
        keeping->delta(delta(SWY_DELTA_TEXT, "a"), nothing);
        CPPUNIT_ASSERT(!keeping->committed() && nothing.empty());
        keeping->finish(used(), nothing);
        CPPUNIT_ASSERT(keeping->committed());
        CPPUNIT_ASSERT_EQUAL(std::string("stop"), keeping->finishReason());
    }

    void modelsAreSortedAndComeOnce()
    {
        const std::string list = modelList({{"b/x", ""}, {"a\"1", "openai"}, {"b/x", "groq"}, {"c", ""}, {"c", ""}});
        CPPUNIT_ASSERT(scanBody(list).ok());
        CPPUNIT_ASSERT_EQUAL(R"({"object":"list","data":[)" + modelItem({"a\"1", "openai"}) + "," + modelItem({"b/x", "groq"}) + "," + modelItem({"c", ""}) + "]}", list);
        CPPUNIT_ASSERT_EQUAL(std::string(R"({"object":"list","data":[]})"), modelList({}));
        const std::string item = modelItem({"c", ""});
        CPPUNIT_ASSERT(item.starts_with(R"({"id":"c","object":"model","created":1626777600,"owned_by":"custom","permission":[{"id":"modelperm-)"));
        CPPUNIT_ASSERT(item.ends_with(R"("is_blocking":false}],"root":"c","parent":null})"));
    }

    void unknownModelIsA404()
    {
        const ApiError error = noSuchModel("x", accounts::Language::english);
        CPPUNIT_ASSERT_EQUAL(404, error.status);
        CPPUNIT_ASSERT_EQUAL(std::string("invalid_request_error"), error.type);
        CPPUNIT_ASSERT_EQUAL(std::string("model_not_found"), error.code);
        CPPUNIT_ASSERT_EQUAL(std::string("model"), error.param);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(OpenAiDialectTest);
