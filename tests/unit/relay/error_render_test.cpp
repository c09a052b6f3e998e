#include "relay/error_render.h"

#include <cppunit/extensions/HelperMacros.h>

using namespace switchyard;
using namespace switchyard::relay;
using accounts::Language;
using providers::Cause;
using providers::Failure;
using providers::Scope;

class ErrorRenderTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ErrorRenderTest);
    CPPUNIT_TEST(bodyHasAllFourMembers);
    CPPUNIT_TEST(frameIsTheBodyAsAnEvent);
    CPPUNIT_TEST(upstreamsErrorObjectIsKept);
    CPPUNIT_TEST(relativesOfTheShapeAreRead);
    CPPUNIT_TEST(bodiesThatAreNoJsonKeepTheirText);
    CPPUNIT_TEST(causesFollowFromWordsThenStatus);
    CPPUNIT_TEST(errorInsideA200GetsAFittingStatus);
    CPPUNIT_TEST(clientIsToldChannelAndCause);
    CPPUNIT_TEST(rateLimitsSayWhenToComeBack);
    CPPUNIT_TEST(nothingThatAProviderSendsBreaksTheJson);
    CPPUNIT_TEST_SUITE_END();

public:
    void bodyHasAllFourMembers()
    {
        ApiError error;
        error.type = "one_api_error";
        error.message = "No \"way\"";
        CPPUNIT_ASSERT_EQUAL(std::string(R"x({"error":{"message":"No \"way\" (request id: 2025)","type":"one_api_error","param":"","code":null}})x"), errorBody(error, "2025"));
        error.code = "invalid_text_request";
        error.param = "n";
        CPPUNIT_ASSERT_EQUAL(std::string(R"({"error":{"message":"No \"way\"","type":"one_api_error","param":"n","code":"invalid_text_request"}})"), errorBody(error, ""));
        error.codeJson = "429";
        CPPUNIT_ASSERT(errorBody(error, "").ends_with(R"("code":429}})"));
    }

    void frameIsTheBodyAsAnEvent()
    {
        ApiError error;
        error.message = "a\nb";
        const std::string frame = errorFrame(error, "1");
        CPPUNIT_ASSERT_EQUAL("data: " + errorBody(error, "1") + "\n\n", frame);
        CPPUNIT_ASSERT_EQUAL(frame.size() - 2, frame.find('\n')); // one data line
    }

    void upstreamsErrorObjectIsKept()
    {
        const Failure failure = failureFromOpenAiError(401, R"({"error":{"message":"Incorrect API key","type":"invalid_request_error","param":null,"code":"invalid_api_key"}})", 1500);
        CPPUNIT_ASSERT_EQUAL(401, failure.httpStatus);
        CPPUNIT_ASSERT(failure.cause == Cause::auth && failure.scope == Scope::key);
        CPPUNIT_ASSERT_EQUAL(std::string("invalid_request_error"), failure.type);
        CPPUNIT_ASSERT_EQUAL(std::string("invalid_api_key"), failure.code);
        CPPUNIT_ASSERT_EQUAL(std::string(), failure.param);
        CPPUNIT_ASSERT_EQUAL(int64_t(1500), failure.retryAfterMs);
        CPPUNIT_ASSERT_EQUAL(std::string("null"), failureFromOpenAiError(400, R"({"error":{"message":"x","code":null}})").codeJson);
    }

    void relativesOfTheShapeAreRead()
    {
        struct
        {
            const char* body;
            const char* message;
        } rows[] = {
            {R"({"message":"m"})", "m"}, {R"({"msg":"m"})", "m"}, {R"({"err":"m"})", "m"}, {R"({"error_msg":"m"})", "m"},
            {R"({"code":"c","error":"m"})", "m"}, {R"({"detail":"m"})", "m"}, {R"({"detail":[{"loc":["body"],"msg":"m"}]})", "m"},
            {R"({"header":{"message":"m"}})", "m"}, {R"({"response":{"error":{"message":"m"}}})", "m"}, {R"({"error":{"message":""},"message":"m"})", "m"}};
        for (const auto& row : rows)
        {
            const Failure failure = failureFromOpenAiError(500, row.body);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(row.body, std::string(row.message), failure.message);
            CPPUNIT_ASSERT_EQUAL(std::string("upstream_error"), failure.type);
            CPPUNIT_ASSERT_EQUAL(std::string("bad_response_status_code"), failure.code);
            CPPUNIT_ASSERT_EQUAL(std::string("500"), failure.param);
        }
    }

    void bodiesThatAreNoJsonKeepTheirText()
    {
        CPPUNIT_ASSERT_EQUAL(std::string("bad response status code 502: <html>Bad gateway</html>"), failureFromOpenAiError(502, " <html>Bad gateway</html>\r\n").message);
        CPPUNIT_ASSERT_EQUAL(std::string("bad response status code 500"), failureFromOpenAiError(500, "").message);
        CPPUNIT_ASSERT_EQUAL(std::string("bad response status code 500: {}"), failureFromOpenAiError(500, "{}").message);
        const Failure large = failureFromOpenAiError(500, "x" + std::string(3000, '\xC3') + std::string(3000, 'y'));
        CPPUNIT_ASSERT(large.message.size() < 600 && large.upstream.size() <= 4096);
        std::string umlauts;
        while (umlauts.size() < 2000)
            umlauts += "\xC3\xA4";
        CPPUNIT_ASSERT_EQUAL(size_t(0), failureFromOpenAiError(500, umlauts).message.find("bad response status code 500: \xC3\xA4"));
        CPPUNIT_ASSERT_EQUAL('\xA4', failureFromOpenAiError(500, umlauts).message.back());
    }

    void causesFollowFromWordsThenStatus()
    {
        struct
        {
            int status;
            const char* body;
            Cause cause;
            Scope scope;
        } rows[] = {
            {429, R"({"error":{"message":"pay","type":"insufficient_quota","code":"insufficient_quota"}})", Cause::quota, Scope::key},
            {429, R"({"error":{"message":"slow","type":"tokens","code":"rate_limit_exceeded"}})", Cause::rate, Scope::key},
            {429, "{}", Cause::rate, Scope::key},
            {400, R"({"error":{"message":"long","type":"invalid_request_error","code":"context_length_exceeded"}})", Cause::tooLong, Scope::request},
            {400, R"({"error":{"message":"bad","type":"invalid_request_error","code":"unknown_parameter"}})", Cause::badRequest, Scope::request},
            {404, R"({"error":{"message":"x","type":"invalid_request_error","code":"model_not_found"}})", Cause::noModel, Scope::model},
            {401, R"({"error":{"message":"x","type":"authentication_error","code":"invalid_request_error"}})", Cause::auth, Scope::key},
            {401, R"({"error":{"message":"x","type":"invalid_request_error","code":null}})", Cause::auth, Scope::key},
            {404, R"({"error":{"message":"x","type":"invalid_request_error","code":"DeploymentNotFound"}})", Cause::noModel, Scope::model},
            {402, "", Cause::quota, Scope::key},
            {403, "", Cause::auth, Scope::key},
            {503, "", Cause::overloaded, Scope::channel},
            {504, "", Cause::timeout, Scope::channel},
            {500, R"({"error":{"message":"x","type":"server_error","code":null}})", Cause::upstreamBroken, Scope::channel},
            {413, "", Cause::tooLong, Scope::request}};
        for (const auto& row : rows)
        {
            const Failure failure = failureFromOpenAiError(row.status, row.body);
            CPPUNIT_ASSERT_MESSAGE(std::to_string(row.status) + row.body, failure.cause == row.cause && failure.scope == row.scope);
            CPPUNIT_ASSERT_EQUAL(row.status, failure.httpStatus);
        }
    }

    void errorInsideA200GetsAFittingStatus()
    {
        const auto status = [](const char* body) { return errorOf(failureFromOpenAiError(200, body), "c", 1, Language::english).status; };
        CPPUNIT_ASSERT_EQUAL(502, status(R"({"error":{"message":"x","type":"strange"}})"));
        CPPUNIT_ASSERT_EQUAL(429, status(R"({"error":{"message":"x","type":"requests","code":"rate_limit_exceeded"}})"));
        CPPUNIT_ASSERT_EQUAL(400, status(R"({"error":{"message":"x","type":"invalid_request_error"}})"));
        CPPUNIT_ASSERT_EQUAL(404, status(R"({"error":{"message":"x","code":"model_not_found"}})"));
        CPPUNIT_ASSERT_EQUAL(503, status(R"({"error":{"message":"x","code":503}})"));
        CPPUNIT_ASSERT_EQUAL(400, status(R"({"error":{"message":"x","code":"tool_use_failed","status_code":400}})"));
        CPPUNIT_ASSERT_EQUAL(502, status(R"({"error":{"message":"x","code":"invalid_api_key"}})"));
    }

    void clientIsToldChannelAndCause()
    {
        Failure failure;
        failure.cause = Cause::timeout;
        failure.message = "connecting to 10.0.0.1 took longer than 10 s";
        const ApiError error = errorOf(failure, "west", 7, Language::english);
        CPPUNIT_ASSERT_EQUAL(504, error.status);
        CPPUNIT_ASSERT_EQUAL(std::string("upstream_error"), error.type);
        CPPUNIT_ASSERT_EQUAL(std::string("upstream_timeout"), error.code);
        for (const char* part : {"10.0.0.1", "west", "7"})
            CPPUNIT_ASSERT_MESSAGE(part, error.message.find(part) != std::string::npos);
        for (uint32_t cause = 1; cause <= 12; ++cause)
        {
            Failure bare;
            bare.cause = static_cast<Cause>(cause);
            const ApiError told = errorOf(bare, "west", 7, Language::chinese);
            CPPUNIT_ASSERT(told.status >= 400 && told.status <= 599 && !told.code.empty() && !told.message.empty());
        }
        Failure odd;
        odd.httpStatus = 302;
        odd.cause = Cause::upstreamBroken;
        CPPUNIT_ASSERT_EQUAL(502, errorOf(odd, "", 0, Language::english).status);
    }

    void rateLimitsSayWhenToComeBack()
    {
        const ApiError error = errorOf(failureFromOpenAiError(429, R"({"error":{"message":"limit of 3 a minute"}})", 1500), "west", 7, Language::english);
        CPPUNIT_ASSERT_EQUAL(2, error.retryAfterSeconds);
        CPPUNIT_ASSERT(error.message.find("limit of 3 a minute") != std::string::npos);
        CPPUNIT_ASSERT(error.message.size() > 60);
        CPPUNIT_ASSERT_EQUAL(0, errorOf(failureFromOpenAiError(500, ""), "w", 1, Language::english).retryAfterSeconds);
    }

    void nothingThatAProviderSendsBreaksTheJson()
    {
        for (const char* code : {"12\"x", "{\"a\"", "[1", "tru", "1 2"})
        {
            const Failure failure = failureFromOpenAiError(400, "{\"error\":{\"message\":\"x\",\"code\":" + std::string(code) + "}}");
            CPPUNIT_ASSERT_EQUAL_MESSAGE(code, std::string(), failure.codeJson == "12" || failure.codeJson == "1" ? "" : failure.codeJson);
        }
        const Failure text = failureFromOpenAiError(400, "\xFF\xFE \x01");
        const std::string body = errorBody(errorOf(text, "c\xFF", 1, Language::english), "r");
        CPPUNIT_ASSERT(body.find('\xFF') == std::string::npos && body.find('\x01') == std::string::npos);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ErrorRenderTest);
