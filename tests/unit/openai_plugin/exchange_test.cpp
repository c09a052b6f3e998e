// What a request of the family carries, and how its answer is passed on.
#include "family_fixture.h"

#include <cppunit/extensions/HelperMacros.h>


using namespace switchyard::testing;

class ExchangeTest : public FamilyFixture
{
    CPPUNIT_TEST_SUITE(ExchangeTest);
    CPPUNIT_TEST(bodyGoesOutUntouched);
    CPPUNIT_TEST(mappedModelIsAllThatChanges);
    CPPUNIT_TEST(modelOfThePathGoesIntoTheBody);
    CPPUNIT_TEST(streamAsksForUsageAndKeepsItFromTheClient);
    CPPUNIT_TEST(clientThatAskedForUsageGetsIt);
    CPPUNIT_TEST(usageOptionLeavesOtherStreamOptionsAlone);
    CPPUNIT_TEST(usageOptionIsOffWhereItIsRefused);
    CPPUNIT_TEST(clientQueryGoesAlong);
    CPPUNIT_TEST(acceptAndContentTypeAreTheClients);
    CPPUNIT_TEST(answersAreForwarded);
    CPPUNIT_TEST(modelListsTakeOpenAisForm);
    CPPUNIT_TEST(vendorsUsageIsNormalised);
    CPPUNIT_TEST(errorsInsideA200AreSeen);
    CPPUNIT_TEST_SUITE_END();

public:
    void bodyGoesOutUntouched()
    {
        const std::string body =
            " { \"model\" : \"gpt-4o\",\t\"messages\":[], \"unknown\":12345678901234567890.5e1 }\n";
        const auto exchange = start("openai", chat(body));
        CPPUNIT_ASSERT_EQUAL(body, sent(*exchange).body);
    }

    void mappedModelIsAllThatChanges()
    {
        StartWith with = chat(R"({"messages":[{"model":"x"}],"model" : "alias" ,"n":1})");
        with.requestedModel = "alias";
        with.model = "up\"stream";
        const auto exchange = start("openai", with);
        CPPUNIT_ASSERT_EQUAL(std::string(R"({"messages":[{"model":"x"}],"model" : "up\"stream" ,"n":1})"),
                             sent(*exchange).body);
    }

    void modelOfThePathGoesIntoTheBody()
    {
        StartWith with = chat(R"({"input":"a"})");
        with.operation = SWY_OP_EMBEDDINGS;
        with.target = "/v1/engines/text-embedding-3-small/embeddings?x=1";
        with.model = "text-embedding-3-small";
        const auto exchange = start("openai", with);
        CPPUNIT_ASSERT_EQUAL(std::string("https://api.openai.com/v1/embeddings?x=1"), sent(*exchange).url);
        CPPUNIT_ASSERT_EQUAL(std::string(R"({"input":"a","model":"text-embedding-3-small"})"), sent(*exchange).body);
    }

    void streamAsksForUsageAndKeepsItFromTheClient()
    {
        for (const char* operation : {SWY_OP_CHAT, SWY_OP_COMPLETIONS})
        {
            StartWith with = chat(R"({"model":"gpt-4o","stream":true})", SWY_START_STREAM);
            with.operation = operation;
            const auto exchange = start("openai", with);
            CPPUNIT_ASSERT_EQUAL(
                std::string(R"({"model":"gpt-4o","stream":true,"stream_options":{"include_usage":true}})"),
                sent(*exchange).body);
            exchange->head(sent(*exchange).id, 200);
            CPPUNIT_ASSERT_EQUAL(SWY_FORWARD_DROP_USAGE_CHUNK, exchange->actions().forwards.at(0).flags);
        }
    }

    void clientThatAskedForUsageGetsIt()
    {
        const std::string body = R"({"model":"gpt-4o","stream":true,"stream_options":{"include_usage":true}})";
        const auto exchange = start("openai", chat(body, SWY_START_STREAM | SWY_START_WANTS_USAGE));
        CPPUNIT_ASSERT_EQUAL(body, sent(*exchange).body);
        exchange->head(sent(*exchange).id, 200);
        CPPUNIT_ASSERT_EQUAL(0u, exchange->actions().forwards.at(0).flags);
    }

    void usageOptionLeavesOtherStreamOptionsAlone()
    {
        const auto exchange = start(
            "openai",
            chat(
                R"({"stream_options":{"include_obfuscation":false,"include_usage":false},"stream":true,"model":"gpt-4o"})",
                SWY_START_STREAM));
        CPPUNIT_ASSERT_EQUAL(
            std::string(
                R"({"stream_options":{"include_obfuscation":false,"include_usage":true},"stream":true,"model":"gpt-4o"})"),
            sent(*exchange).body);
    }

    void usageOptionIsOffWhereItIsRefused()
    {
        const std::string body = R"({"model":"gpt-4o","stream":true})";
        const StartWith with = chat(body, SWY_START_STREAM);
        CPPUNIT_ASSERT_EQUAL(body, sentBy("mistral", with).body);
        CPPUNIT_ASSERT_EQUAL(body, sentBy("openai", with, R"({"include_usage":false})").body);
        CPPUNIT_ASSERT_EQUAL(body, sentBy("azure", with, R"({"api_version":"2024-03-01-preview"})").body);
        CPPUNIT_ASSERT(body != sentBy("azure", with, R"({"api_version":"2024-09-01-preview"})").body);
        CPPUNIT_ASSERT(body != sentBy("mistral", with, R"({"include_usage":true})").body);
        const auto exchange = start("mistral", with);
        exchange->head(sent(*exchange).id, 200);
        CPPUNIT_ASSERT_EQUAL(0u, exchange->actions().forwards.at(0).flags);
    }

    void clientQueryGoesAlong()
    {
        StartWith with = chat(R"({"model":"gpt-4o"})");
        with.target = "/v1/chat/completions?beta=true&x=%20y";
        CPPUNIT_ASSERT_EQUAL(std::string("https://api.openai.com/v1/chat/completions?beta=true&x=%20y"),
                             sentBy("openai", with).url);
        CPPUNIT_ASSERT_EQUAL(std::string("https://h/v2/chat/completions?beta=true&x=%20y"),
                             sentBy("openai-compatible", with, "{}", "https://h/v2").url);
        CPPUNIT_ASSERT_EQUAL(std::string("https://api.minimax.chat/v1/text/chatcompletion_v2"),
                             sentBy("minimax", with).url);
    }

    void acceptAndContentTypeAreTheClients()
    {
        StartWith with = chat(R"({"model":"gpt-4o"})", SWY_START_STREAM | SWY_START_WANTS_USAGE);
        with.contentType = "application/json; charset=utf-8";
        with.headers = {{"accept", "application/json"}, {"x-stainless-lang", "python"}};
        auto exchange = start("openai", with);
        CPPUNIT_ASSERT_EQUAL(std::string("application/json; charset=utf-8"), sent(*exchange).header("Content-Type"));
        CPPUNIT_ASSERT_EQUAL(std::string("application/json"), sent(*exchange).header("Accept"));
        CPPUNIT_ASSERT_EQUAL(size_t{3}, sent(*exchange).headers.size()); // and the key: nothing else of the client's

        with.headers.clear();
        with.contentType.clear();
        exchange = start("openai", with);
        CPPUNIT_ASSERT_EQUAL(std::string("application/json"), sent(*exchange).header("Content-Type"));
        CPPUNIT_ASSERT_EQUAL(std::string("text/event-stream"), sent(*exchange).header("Accept"));
        with.flags = 0;
        CPPUNIT_ASSERT_EQUAL(std::string(), sentBy("openai", with).header("Accept"));
    }

    void answersAreForwarded()
    {
        for (const int status : {200, 201})
        {
            const auto exchange = start("openai", chat("{}"));
            exchange->head(sent(*exchange).id, status);
            const Forwarded& forwarded = exchange->actions().forwards.at(0);
            CPPUNIT_ASSERT_EQUAL(std::string(SWY_DIALECT_OPENAI), forwarded.dialect);
            CPPUNIT_ASSERT_EQUAL(0u, forwarded.flags);
            CPPUNIT_ASSERT(forwarded.needles.empty());
        }
    }

    void modelListsTakeOpenAisForm()
    {
        const auto answer = [&](std::string_view body)
        {
            StartWith with;
            with.operation = SWY_OP_MODELS;
            with.body.clear();
            const auto exchange = start("togetherai", with);
            exchange->head(sent(*exchange).id, 200);
            exchange->body(sent(*exchange).id, body.substr(0, body.size() / 2));
            exchange->body(sent(*exchange).id, body.substr(body.size() / 2));
            exchange->end(sent(*exchange).id);
            const Actions& did = exchange->actions();
            CPPUNIT_ASSERT_EQUAL(did.fails.empty(), did.finished);
            return did.finished ? did.emitted : "failed: " + std::to_string(did.fails[0].cause);
        };
        const std::string list = R"( {"data":[{"id":"m"}],"object":"list"} )";
        CPPUNIT_ASSERT_EQUAL(list, answer(list));
        CPPUNIT_ASSERT_EQUAL(std::string(R"({"object":"list","data":[{"id":"m"},{"id":"n"}]})"),
                             answer(R"([{"id":"m"},{"id":"n"}])"));
        for (const char* other : {"<html>", "{}", R"({"data":3})", ""})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(other, "failed: " + std::to_string(SWY_CAUSE_UPSTREAM_BROKEN), answer(other));
    }

    void vendorsUsageIsNormalised()
    {
        const struct
        {
            const char* provider;
            const char* frame;
            int64_t input, output, cached, reasoning;
        } rows[] = {
            {"xai",
             R"({"choices":[],"usage":{"prompt_tokens":173,"completion_tokens":10,"total_tokens":266,
                 "prompt_tokens_details":{"cached_tokens":171},"completion_tokens_details":{"reasoning_tokens":83}}})",
             173, 93, 171, 83},
            {"xai",
             R"({"usage":{"prompt_tokens":5,"completion_tokens":90,"total_tokens":95,"completion_tokens_details":{"reasoning_tokens":83}}})",
             5, 90, -1, 83},
            {"groq",
             R"({"choices":[],"x_groq":{"id":"r","usage":{"prompt_tokens":7,"completion_tokens":9,"total_tokens":16}}})",
             7, 9, -1, -1},
            {"deepseek",
             R"({"usage":{"prompt_tokens":30,"completion_tokens":4,"total_tokens":34,"prompt_cache_hit_tokens":20,"prompt_cache_miss_tokens":10}})",
             30, 4, 20, -1},
            {"mistral",
             R"({"usage":{"prompt_tokens":30,"completion_tokens":4,"total_tokens":34,"num_cached_tokens":12}})", 30, 4,
             12, -1},
            {"moonshot",
             R"({"choices":[{"index":0,"delta":{},"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}]})",
             3, 2, -1, -1},
            {"doubao", R"({"bot_usage":{"model_usage":[{"prompt_tokens":8,"completion_tokens":6,"total_tokens":14}]}})",
             8, 6, -1, -1},
        };
        for (const auto& row : rows)
        {
            const auto exchange = start(row.provider, chat("{}"));
            exchange->head(sent(*exchange).id, 200);
            const Forwarded& forwarded = exchange->actions().forwards.at(0);
            const std::string_view frame = row.frame;
            bool shown = false;
            for (const std::string& needle : forwarded.needles)
                shown = shown || frame.find(needle) != std::string_view::npos;
            CPPUNIT_ASSERT_MESSAGE(row.provider, shown);
            exchange->tap(sent(*exchange).id, 0, frame);
            const Actions& did = exchange->actions();
            CPPUNIT_ASSERT_EQUAL_MESSAGE(row.provider, row.input, did.used(SWY_UNIT_INPUT));
            CPPUNIT_ASSERT_EQUAL_MESSAGE(row.provider, row.output, did.used(SWY_UNIT_OUTPUT));
            CPPUNIT_ASSERT_EQUAL_MESSAGE(row.provider, row.cached, did.used(SWY_UNIT_CACHED));
            CPPUNIT_ASSERT_EQUAL_MESSAGE(row.provider, row.reasoning, did.used(SWY_UNIT_REASONING));
            CPPUNIT_ASSERT(did.usageFinal);
            CPPUNIT_ASSERT(did.fails.empty());
        }
    }

    void errorsInsideA200AreSeen()
    {
        const struct
        {
            const char* provider;
            const char* frame;
            uint32_t cause; ///< 0: no error
            uint32_t status;
        } rows[] = {
            {"minimax", R"({"choices":null,"base_resp":{"status_code":1008,"status_msg":"insufficient balance"}})",
             SWY_CAUSE_QUOTA, 402},
            {"minimax", R"({"base_resp":{"status_code":1002,"status_msg":"rate limit"}})", SWY_CAUSE_RATE, 429},
            {"minimax", R"({"base_resp":{"status_code":4711,"status_msg":"?"}})", SWY_CAUSE_UPSTREAM_BROKEN, 502},
            {"minimax", R"({"choices":[{}],"base_resp":{"status_code":0,"status_msg":""}})", 0, 0},
            {"xunfei-v2", R"({"code":10907,"message":"too many tokens","sid":"s"})", SWY_CAUSE_TOO_LONG, 400},
            {"xunfei-v2", R"({"code":0,"message":"Success","choices":[]})", 0, 0},
            {"xunfei-v2", R"({"code":10019,"message":"suspected","choices":[]})", 0, 0},
            {"xai", R"({"code":"Some resource","error":"The model is not there"})", SWY_CAUSE_UPSTREAM_BROKEN, 502},
            {"xai", R"({"choices":[{"delta":{"content":"\"error\""}}],"error":"x"})", 0, 0},
        };
        for (const auto& row : rows)
        {
            const auto exchange = start(row.provider, chat("{}"));
            exchange->head(sent(*exchange).id, 200);
            exchange->tap(sent(*exchange).id, 0, row.frame);
            const Actions& did = exchange->actions();
            CPPUNIT_ASSERT_EQUAL_MESSAGE(row.frame, size_t{row.cause ? 1u : 0u}, did.fails.size());
            if (!row.cause) continue;
            CPPUNIT_ASSERT_EQUAL_MESSAGE(row.frame, row.cause, did.fails[0].cause);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(row.frame, row.status, did.fails[0].httpStatus);
            CPPUNIT_ASSERT_MESSAGE(row.frame, !did.fails[0].message.empty());
        }
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ExchangeTest);
