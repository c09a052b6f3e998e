// What the family makes of an upstream's refusal: every shape of error body that is on record, and every status.
#include "plugin_in_hand.h"

#include <cppunit/extensions/HelperMacros.h>

using namespace switchyard::testing;

class FailureTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(FailureTest);
    CPPUNIT_TEST(causeFollowsFromStatusAndWords);
    CPPUNIT_TEST(everyShapeGivesItsMessage);
    CPPUNIT_TEST(bodyMayComeInAnyCut);
    CPPUNIT_TEST(largeAndBrokenBodiesAreBounded);
    CPPUNIT_TEST(retryAfterIsRead);
    CPPUNIT_TEST(keyNeverShows);
    CPPUNIT_TEST(transportErrorsFailTheChannel);
    CPPUNIT_TEST_SUITE_END();

public:
    void setUp() override
    {
        plugin_ = std::make_unique<PluginInHand>(SWITCHYARD_TEST_PLUGIN);
        channel_ = plugin_->channel("openai", "", "the-key-123");
    }
    void tearDown() override
    {
        channel_.reset();
        plugin_.reset();
    }

    void causeFollowsFromStatusAndWords()
    {
        const struct
        {
            const char* provider;
            int status;
            const char* body;
            uint32_t cause, scope;
        } rows[] = {
            // clang-format off
            {"openai", 400, R"({"error":{"message":"bad","type":"invalid_request_error","param":"n","code":null}})", SWY_CAUSE_BAD_REQUEST, SWY_SCOPE_REQUEST},
            {"openai", 400, R"({"error":{"message":"too long","code":"context_length_exceeded"}})", SWY_CAUSE_TOO_LONG, SWY_SCOPE_REQUEST},
            {"openai", 400, R"({"error":{"message":"This model's maximum context length is 8192 tokens."}})", SWY_CAUSE_TOO_LONG, SWY_SCOPE_REQUEST},
            {"openai", 400, R"({"error":{"message":"blocked","code":"content_filter"}})", SWY_CAUSE_FILTERED, SWY_SCOPE_REQUEST},
            {"openai", 401, R"({"error":{"message":"no","code":"invalid_api_key"}})", SWY_CAUSE_AUTH, SWY_SCOPE_KEY},
            {"openai", 402, "", SWY_CAUSE_QUOTA, SWY_SCOPE_KEY},
            {"openai", 403, "", SWY_CAUSE_AUTH, SWY_SCOPE_KEY},
            {"openai", 404, R"({"error":{"code":"model_not_found","message":"x"}})", SWY_CAUSE_NO_MODEL, SWY_SCOPE_MODEL},
            {"openai", 404, "404 page not found", SWY_CAUSE_NO_MODEL, SWY_SCOPE_MODEL},
            {"openai", 405, "", SWY_CAUSE_UPSTREAM_BROKEN, SWY_SCOPE_CHANNEL},
            {"openai", 408, "", SWY_CAUSE_TIMEOUT, SWY_SCOPE_CHANNEL},
            {"openai", 413, "", SWY_CAUSE_TOO_LONG, SWY_SCOPE_REQUEST},
            {"openai", 415, "", SWY_CAUSE_BAD_REQUEST, SWY_SCOPE_REQUEST},
            {"openai", 422, "", SWY_CAUSE_BAD_REQUEST, SWY_SCOPE_REQUEST},
            {"openai", 429, "", SWY_CAUSE_RATE, SWY_SCOPE_KEY},
            {"openai", 429, R"({"error":{"message":"pay","type":"insufficient_quota","code":"insufficient_quota"}})", SWY_CAUSE_QUOTA, SWY_SCOPE_KEY},
            {"openai", 451, "", SWY_CAUSE_FILTERED, SWY_SCOPE_REQUEST},
            {"openai", 500, "", SWY_CAUSE_UPSTREAM_BROKEN, SWY_SCOPE_CHANNEL},
            {"openai", 502, "<html><title>502 Bad Gateway</title></html>", SWY_CAUSE_UPSTREAM_BROKEN, SWY_SCOPE_CHANNEL},
            {"openai", 503, "", SWY_CAUSE_OVERLOADED, SWY_SCOPE_CHANNEL},
            {"openai", 504, "", SWY_CAUSE_TIMEOUT, SWY_SCOPE_CHANNEL},
            {"openai", 524, "", SWY_CAUSE_TIMEOUT, SWY_SCOPE_CHANNEL},
            {"openai", 529, "", SWY_CAUSE_OVERLOADED, SWY_SCOPE_CHANNEL},
            {"openai", 302, "", SWY_CAUSE_UPSTREAM_BROKEN, SWY_SCOPE_CHANNEL},
            {"gemini-openai", 400, R"([{"error":{"code":400,"message":"API key not valid. Please pass a valid API key.","status":"INVALID_ARGUMENT"}}])", SWY_CAUSE_AUTH, SWY_SCOPE_KEY},
            {"azure", 404, R"({"error":{"code":"DeploymentNotFound","message":"x"}})", SWY_CAUSE_NO_MODEL, SWY_SCOPE_MODEL},
            {"azure", 429, R"({"error":{"code":"429","message":"x"}})", SWY_CAUSE_RATE, SWY_SCOPE_KEY},
            {"groq", 498, "", SWY_CAUSE_OVERLOADED, SWY_SCOPE_CHANNEL},
            {"moonshot", 429, R"({"error":{"type":"exceeded_current_quota_error","message":"x"}})", SWY_CAUSE_QUOTA, SWY_SCOPE_KEY},
            {"moonshot", 429, R"({"error":{"type":"engine_overloaded_error","message":"x"}})", SWY_CAUSE_OVERLOADED, SWY_SCOPE_CHANNEL},
            {"novita", 403, R"({"code":403,"reason":"NOT_ENOUGH_BALANCE","message":"x","metadata":{}})", SWY_CAUSE_QUOTA, SWY_SCOPE_KEY},
            {"siliconflow", 400, R"({"code":20012,"message":"Model does not exist","data":null})", SWY_CAUSE_NO_MODEL, SWY_SCOPE_MODEL},
            {"siliconflow", 403, R"({"code":30001,"message":"balance","data":null})", SWY_CAUSE_QUOTA, SWY_SCOPE_KEY},
            {"doubao", 403, R"({"error":{"code":"AccountOverdueError","message":"x","type":"Forbidden"}})", SWY_CAUSE_QUOTA, SWY_SCOPE_KEY},
            {"doubao", 400, R"({"error":{"code":"SensitiveContentDetected.Severe","message":"x","type":"BadRequest"}})", SWY_CAUSE_FILTERED, SWY_SCOPE_REQUEST},
            {"openrouter", 403, R"({"error":{"code":403,"message":"Your input was flagged","metadata":{"reasons":["x"]}}})", SWY_CAUSE_FILTERED, SWY_SCOPE_REQUEST},
            {"togetherai", 403, R"({"error":{"message":"`inputs` tokens + `max_new_tokens` must be <= 8193"}})", SWY_CAUSE_TOO_LONG, SWY_SCOPE_REQUEST},
            {"ali-bailian", 400, R"({"error":{"code":"Arrearage","message":"x"}})", SWY_CAUSE_QUOTA, SWY_SCOPE_KEY},
            {"xai", 400, R"({"code":"Client specified an invalid argument","error":"Incorrect API key provided: xa***23"})", SWY_CAUSE_AUTH, SWY_SCOPE_KEY},
            // clang-format on
        };
        for (const auto& row : rows)
        {
            const Failed failed = refused(row.provider, row.status, row.body);
            const std::string what = std::string(row.provider) + " " + std::to_string(row.status) + " " + row.body;
            CPPUNIT_ASSERT_EQUAL_MESSAGE(what, row.cause, failed.cause);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(what, row.scope, failed.scope);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(what, static_cast<uint32_t>(row.status), failed.httpStatus);
            CPPUNIT_ASSERT_MESSAGE(what, !failed.message.empty());
        }
    }

    void everyShapeGivesItsMessage()
    {
        const struct
        {
            const char* body;
            const char* message;
            const char* type;
            const char* code;
            const char* param;
        } rows[] = {
            // clang-format off
            {R"({"error":{"message":"m","type":"t","param":"p","code":"c"}})", "m", "t", "c", "p"},
            {R"({"error":{"message":"m","type":"t","param":null,"code":402}})", "m", "t", "402", ""},
            {R"(  {"error":"text"})", "text", "", "", ""},
            {R"({"error":["one","two"]})", "one; two", "", "", ""},
            {R"({"code":"why","error":"text"})", "text", "", "why", ""},
            {R"({"detail":"Unauthorized"})", "Unauthorized", "", "", ""},
            {R"({"detail":[{"loc":["body","n"],"msg":"too large","type":"value_error"}]})", "body.n: too large", "", "", ""},
            {R"({"object":"error","message":"m","type":"t","param":"p","code":"3505"})", "m", "t", "3505", "p"},
            {R"({"object":"error","message":{"detail":[{"loc":["x"],"msg":"bad"}]}})", "x: bad", "", "", ""},
            {R"({"msg":"m"})", "m", "", "", ""},
            {R"({"err":"m"})", "m", "", "", ""},
            {R"({"error_msg":"m","error_code":17})", "m", "", "17", ""},
            {R"({"header":{"code":1,"message":"m"}})", "m", "", "", ""},
            {R"({"response":{"error":{"message":"m"}}})", "m", "", "", ""},
            {R"({"Response":{"Error":{"Code":"AuthFailure","Message":"m"}}})", "m", "", "AuthFailure", ""},
            {R"({"success":false,"errors":[{"code":10000,"message":"Authentication error"}]})", "Authentication error", "", "10000", ""},
            {R"({"type":"error","error":{"type":"authentication_error","message":"m","http_code":"401"}})", "m", "authentication_error", "", ""},
            {R"("Invalid token")", "Invalid token", "", "", ""},
            {"plain words\r\n", "plain words", "", "", ""},
            {"<!DOCTYPE html>\n<HTML><head><Title>Just a\n moment...</title>", "Just a moment...", "", "", ""},
            {R"({"error":{"message":"caf\u00e9 \ud83d\ude00"}})", "café 😀", "", "", ""},
            {R"({"error":{"message":"cut o)", "{\"error\":{\"message\":\"cut o", "", "", ""},
            // clang-format on
        };
        for (const auto& row : rows)
        {
            const Failed failed = refused("openai", 418, row.body);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(row.body, std::string(row.message), failed.message);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(row.body, std::string(row.type), failed.type);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(row.body, std::string(row.code), failed.code);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(row.body, std::string(row.param), failed.param);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(row.body, std::string(row.body), failed.upstream);
        }
        for (const char* body : {"", "{}", "[]", "null", R"({"error":null})", "<html></html>"})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(body, std::string("the upstream answered with status 418"),
                                         refused("openai", 418, body).message);
    }

    void bodyMayComeInAnyCut()
    {
        const std::string body = R"({"error":{"message":"das hält","type":"t","code":"c"}})";
        for (size_t cut = 0; cut <= body.size(); ++cut)
        {
            auto exchange = channel_->start({});
            exchange->head(1, 400);
            exchange->body(1, body.substr(0, cut));
            exchange->body(1, body.substr(cut));
            exchange->end(1);
            CPPUNIT_ASSERT_EQUAL(std::string("das hält"), exchange->actions().fails.at(0).message);
        }
    }

    void largeAndBrokenBodiesAreBounded()
    {
        Failed failed = refused("openai", 500, std::string(1 << 20, 'x'));
        CPPUNIT_ASSERT(failed.message.size() <= 2100);
        CPPUNIT_ASSERT_EQUAL(size_t{64 * 1024}, failed.upstream.size());
        failed = refused("openai", 500, "\xff\xfe bytes \x01\x02 \xe4\xb8");
        CPPUNIT_ASSERT_EQUAL(std::string("\xEF\xBF\xBD\xEF\xBF\xBD bytes \xEF\xBF\xBD\xEF\xBF\xBD"), failed.message);
        std::string deep;
        for (int i = 0; i < 5000; ++i)
            deep += R"({"message":)";
        CPPUNIT_ASSERT(!refused("openai", 500, deep).message.empty());
        CPPUNIT_ASSERT(!refused("openai", 500, deep + "1" + std::string(5000, '}')).message.empty());
    }

    void retryAfterIsRead()
    {
        // The exchange's clock stands at 14 November 2023, 22:13:20 GMT.
        const struct
        {
            Headers headers;
            int64_t ms;
        } rows[] = {
            {{{"retry-after", "7"}}, 7000},
            {{{"retry-after", "0"}}, 0},
            {{{"retry-after", "1.5"}}, 1000},
            {{{"retry-after-ms", "250"}, {"retry-after", "1"}}, 250},
            {{{"retry-after", "Tue, 14 Nov 2023 22:13:50 GMT"}}, 30000},
            {{{"retry-after", "Tue, 14 Nov 2023 22:13:10 GMT"}}, 0},
            {{{"retry-after", "99999999999999999999"}}, 0},
            {{{"retry-after", "999999999"}}, 604800000},
            {{{"retry-after", "soon"}}, 0},
            {{}, 0},
        };
        for (const auto& row : rows)
        {
            auto exchange = channel_->start({});
            exchange->head(1, 429, row.headers);
            exchange->end(1);
            CPPUNIT_ASSERT_EQUAL(row.ms, exchange->actions().fails.at(0).retryAfter);
        }
    }

    void keyNeverShows()
    {
        const Failed failed =
            refused("openai", 401, R"({"error":{"message":"Incorrect API key: the-key-123, see the-key-123."}})");
        CPPUNIT_ASSERT_EQUAL(std::string("Incorrect API key: ***, see ***."), failed.message);
        CPPUNIT_ASSERT(failed.upstream.find("the-key-123") == std::string::npos);
    }

    void transportErrorsFailTheChannel()
    {
        const struct
        {
            uint32_t errorClass, cause;
        } rows[] = {{SWY_TRANSPORT_DNS, SWY_CAUSE_UPSTREAM_BROKEN},
                    {SWY_TRANSPORT_CONNECT, SWY_CAUSE_UPSTREAM_BROKEN},
                    {SWY_TRANSPORT_TIMEOUT, SWY_CAUSE_TIMEOUT},
                    {SWY_TRANSPORT_RESET, SWY_CAUSE_UPSTREAM_BROKEN}};
        for (const auto& row : rows)
        {
            auto exchange = channel_->start({});
            exchange->transportError(1, row.errorClass, "host.example: trouble");
            const Failed& failed = exchange->actions().fails.at(0);
            CPPUNIT_ASSERT_EQUAL(row.cause, failed.cause);
            CPPUNIT_ASSERT_EQUAL(SWY_SCOPE_CHANNEL, failed.scope);
            CPPUNIT_ASSERT_EQUAL(std::string("host.example: trouble"), failed.message);
        }
    }

private:
    Failed refused(const std::string& provider, int status, const std::string& body)
    {
        const auto channel =
            plugin_->channel(provider, provider == "azure" ? "https://r.openai.azure.com" : "", "the-key-123");
        const auto exchange = channel->start({});
        exchange->head(1, status);
        if (!body.empty()) exchange->body(1, body);
        exchange->end(1);
        CPPUNIT_ASSERT_EQUAL(size_t{1}, exchange->actions().fails.size());
        CPPUNIT_ASSERT(exchange->actions().forwards.empty());
        return exchange->actions().fails[0];
    }

    std::unique_ptr<PluginInHand> plugin_;
    std::unique_ptr<ChannelInHand> channel_;
};

CPPUNIT_TEST_SUITE_REGISTRATION(FailureTest);
