#include "relay/checks.h"

#include <cppunit/extensions/HelperMacros.h>

#include <functional>

using namespace switchyard;
using namespace switchyard::relay;
using accounts::Language;

namespace
{

/// The field at fault; "-" when all is well, "?" when no field is named.
std::string fault(const char* operation, const std::string& body, std::string_view pathModel = {})
{
    auto index = scanBody(body);
    CPPUNIT_ASSERT_MESSAGE(body, index.ok());
    auto checked = checkFields(operation, *index, pathModel, Language::english);
    if (checked) return "-";
    const ApiError& error = checked.error();
    CPPUNIT_ASSERT_EQUAL(400, error.status);
    CPPUNIT_ASSERT_EQUAL(std::string("one_api_error"), error.type);
    CPPUNIT_ASSERT_EQUAL(std::string("invalid_text_request"), error.code);
    CPPUNIT_ASSERT(!error.message.empty());
    return error.param.empty() ? "?" : error.param;
}

std::string chatFault(const std::string& members)
{
    return fault(SWY_OP_CHAT, R"({"model":"m","messages":[{"role":"user","content":"hi"}],)" + members + "}");
}

std::string messagesFault(const std::string& messages) { return fault(SWY_OP_CHAT, R"({"model":"m","messages":)" + messages + "}"); }

} // namespace

class ChecksTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ChecksTest);
    CPPUNIT_TEST(wholeRequestsPass);
    CPPUNIT_TEST(wrongTypesAreRefusedByName);
    CPPUNIT_TEST(rangesAreKept);
    CPPUNIT_TEST(modelIsRequired);
    CPPUNIT_TEST(messagesAreRequired);
    CPPUNIT_TEST(contentHasAShape);
    CPPUNIT_TEST(emptyPromptAndInputAreRefused);
    CPPUNIT_TEST(bodiesThatAreNoObjectAreRefused);
    CPPUNIT_TEST(formatIsSniffed);
    CPPUNIT_TEST(invalidBodiesNameTheByte);
    CPPUNIT_TEST(textsComeInTwoLanguages);
    CPPUNIT_TEST_SUITE_END();

public:
    void wholeRequestsPass()
    {
        const std::string tools = R"("tools":[{"type":"function","function":{"name":"f","parameters":{}}},{"type":"custom","custom":{}}])";
        CPPUNIT_ASSERT_EQUAL(std::string("-"), chatFault(tools + R"(,"stream":true,"stream_options":{"include_usage":true},"temperature":0.5,"top_p":1,"n":2,"max_tokens":100,
            "seed":12.0,"user":"u","stop":["a"],"logit_bias":{"5":1},"response_format":{"type":"json_object"},"modalities":["text"],"parallel_tool_calls":false,"unknown":[{}])"));
        for (const char* name : {"model", "stream", "max_tokens", "n", "temperature", "tools", "stream_options", "response_format", "user"})
            if (std::string_view(name) != "model") CPPUNIT_ASSERT_EQUAL(std::string("-"), chatFault("\"" + std::string(name) + "\":null"));
        CPPUNIT_ASSERT_EQUAL(std::string("-"), fault(SWY_OP_COMPLETIONS, R"({"model":"m","prompt":["a",[1,2]]})"));
        CPPUNIT_ASSERT_EQUAL(std::string("-"), fault(SWY_OP_COMPLETIONS, R"({"model":"m"})"));
        CPPUNIT_ASSERT_EQUAL(std::string("-"), fault(SWY_OP_EMBEDDINGS, R"({"model":"m","input":[1,2],"dimensions":8,"encoding_format":"base64"})"));
    }

    void wrongTypesAreRefusedByName()
    {
        struct
        {
            const char* member;
            const char* field;
        } rows[] = {
            {R"("max_tokens":"5")", "max_tokens"}, {R"("max_tokens":100.0)", "max_tokens"}, {R"("max_tokens":1e2)", "max_tokens"},
            {R"("max_tokens":99999999999999999999)", "max_tokens"}, {R"("n":"1")", "n"}, {R"("n":1.5)", "n"}, {R"("n":true)", "n"},
            {R"("stream":"true")", "stream"}, {R"("stream":1)", "stream"}, {R"("temperature":"hot")", "temperature"}, {R"("top_k":0.5)", "top_k"},
            {R"("stream_options":true)", "stream_options"}, {R"("stream_options":{"include_usage":"yes"})", "stream_options.include_usage"},
            {R"("tools":{})", "tools"}, {R"("tools":[1])", "tools"}, {R"("user":5)", "user"}, {R"("response_format":"json")", "response_format"},
            {R"("modalities":"text")", "modalities"}, {R"("modalities":[1])", "modalities"}, {R"("logprobs":3)", "logprobs"},
            {R"("parallel_tool_calls":"no")", "parallel_tool_calls"}, {R"("max_completion_tokens":"9")", "max_completion_tokens"},
            {R"("m\u0061x_tokens":"5")", "max_tokens"}, {R"("audio":[])", "audio"}, {R"("dimensions":"8")", "dimensions"}};
        for (const auto& row : rows)
            CPPUNIT_ASSERT_EQUAL_MESSAGE(row.member, std::string(row.field), chatFault(row.member));
        CPPUNIT_ASSERT_EQUAL(std::string("model"), fault(SWY_OP_CHAT, R"({"model":5,"messages":[{"role":"user","content":"x"}]})"));
    }

    void rangesAreKept()
    {
        for (const char* name : {"max_tokens", "max_completion_tokens"})
        {
            const std::string member = "\"" + std::string(name) + "\":";
            CPPUNIT_ASSERT_EQUAL(std::string(name), chatFault(member + "-1"));
            CPPUNIT_ASSERT_EQUAL(std::string(name), chatFault(member + "1073741824"));
            CPPUNIT_ASSERT_EQUAL(std::string("-"), chatFault(member + "1073741823"));
            CPPUNIT_ASSERT_EQUAL(std::string("-"), chatFault(member + "0"));
        }
        CPPUNIT_ASSERT_EQUAL(std::string("n"), chatFault("\"n\":-1"));
        CPPUNIT_ASSERT_EQUAL(std::string("n"), chatFault("\"n\":3000000000"));
        CPPUNIT_ASSERT_EQUAL(std::string("-"), chatFault("\"n\":0"));
    }

    void modelIsRequired()
    {
        for (const char* body : {R"({"messages":[{"role":"user","content":"x"}]})", R"({"model":"","messages":[{}]})", R"({"model":null,"messages":[{}]})"})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(body, std::string("model"), fault(SWY_OP_CHAT, body));
        CPPUNIT_ASSERT_EQUAL(std::string("model"), fault(SWY_OP_EMBEDDINGS, R"({"input":"x"})"));
        CPPUNIT_ASSERT_EQUAL(std::string("-"), fault(SWY_OP_EMBEDDINGS, R"({"input":"x"})", "ada"));
        CPPUNIT_ASSERT_EQUAL(std::string("-"), fault(SWY_OP_MODERATIONS, R"({"input":"x"})"));
        const std::string body = R"({"model":"given"})";
        const auto index = scanBody(body);
        CPPUNIT_ASSERT_EQUAL(std::string("given"), std::string(requestedModel(SWY_OP_MODERATIONS, *index, "path")));
        const auto none = scanBody("{}");
        CPPUNIT_ASSERT_EQUAL(std::string("path"), std::string(requestedModel(SWY_OP_EMBEDDINGS, *none, "path")));
        CPPUNIT_ASSERT_EQUAL(std::string("text-moderation-stable"), std::string(requestedModel(SWY_OP_MODERATIONS, *none, "")));
        CPPUNIT_ASSERT_EQUAL(std::string(), std::string(requestedModel(SWY_OP_CHAT, *none, "")));
    }

    void messagesAreRequired()
    {
        CPPUNIT_ASSERT_EQUAL(std::string("messages"), fault(SWY_OP_CHAT, R"({"model":"m"})"));
        for (const char* messages : {"null", "[]", "[ ]", "\"hi\"", "{}", "7"})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(messages, std::string("messages"), messagesFault(messages));
        CPPUNIT_ASSERT_EQUAL(std::string("messages[0]"), messagesFault(R"(["hi"])"));
        CPPUNIT_ASSERT_EQUAL(std::string("messages[1]"), messagesFault(R"([{"role":"user","content":"x"},null])"));
        CPPUNIT_ASSERT_EQUAL(std::string("messages[1].role"), messagesFault(R"([{"role":"user","content":"x"},{"role":1}])"));
        CPPUNIT_ASSERT_EQUAL(std::string("messages[0].tool_calls"), messagesFault(R"([{"role":"assistant","tool_calls":[1]}])"));
        CPPUNIT_ASSERT_EQUAL(std::string("messages[0].tool_call_id"), messagesFault(R"([{"role":"tool","tool_call_id":1}])"));
        CPPUNIT_ASSERT_EQUAL(std::string("-"), messagesFault(R"([{"role":"assistant","content":null,"tool_calls":[{"id":"a"}],"extra":{"a":[]}}])"));
    }

    void contentHasAShape()
    {
        struct
        {
            const char* content;
            const char* field;
        } rows[] = {
            {"\"text\"", "-"}, {"null", "-"}, {"[]", "-"}, {"5", "messages[0].content"}, {"{}", "messages[0].content"}, {"true", "messages[0].content"},
            {"[\"a\"]", "messages[0].content[0]"}, {"[{},null]", "messages[0].content[1]"},
            {R"([{"type":"text","text":"a"}])", "-"}, {R"([{"type":"text"}])", "messages[0].content[0].text"},
            {R"([{"type":"text","text":5}])", "messages[0].content[0].text"}, {R"([{"type":5}])", "messages[0].content[0].type"},
            {R"([{"type":"text","text":"a"},{"type":"image_url"}])", "messages[0].content[1].image_url"},
            {R"([{"type":"image_url","image_url":{}}])", "messages[0].content[0].image_url"},
            {R"([{"type":"image_url","image_url":{"url":5}}])", "messages[0].content[0].image_url"},
            {R"([{"type":"image_url","image_url":[]}])", "messages[0].content[0].image_url"},
            {R"([{"type":"image_url","image_url":{"detail":"low","url":"data:image/png;base64,AA"}}])", "-"},
            {R"([{"type":"image_url","image_url":"https://example.com/a.png"}])", "-"},
            {R"([{"type":"input_audio","input_audio":{"data":"AA","format":"wav"}},{"type":"file","file":{}},{"type":"later"}])", "-"}};
        for (const auto& row : rows)
            CPPUNIT_ASSERT_EQUAL_MESSAGE(row.content, std::string(row.field), messagesFault(R"([{"role":"user","content":)" + std::string(row.content) + "}]"));
    }

    void emptyPromptAndInputAreRefused()
    {
        CPPUNIT_ASSERT_EQUAL(std::string("prompt"), fault(SWY_OP_COMPLETIONS, R"({"model":"m","prompt":""})"));
        CPPUNIT_ASSERT_EQUAL(std::string("input"), fault(SWY_OP_MODERATIONS, R"({"input":""})"));
        CPPUNIT_ASSERT_EQUAL(std::string("-"), fault(SWY_OP_MODERATIONS, "{}"));
    }

    void bodiesThatAreNoObjectAreRefused()
    {
        for (const char* body : {"[]", "\"x\"", "5", "null"})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(body, std::string("?"), fault(SWY_OP_CHAT, body));
    }

    void formatIsSniffed()
    {
        CPPUNIT_ASSERT(bodyFormat("application/json; charset=utf-8", "x") == BodyFormat::json);
        CPPUNIT_ASSERT(bodyFormat("Application/JSON", "") == BodyFormat::json);
        CPPUNIT_ASSERT(bodyFormat("", " \n{\"a\":1}") == BodyFormat::json);
        CPPUNIT_ASSERT(bodyFormat("text/plain", "{}") == BodyFormat::json);
        CPPUNIT_ASSERT(bodyFormat("application/x-www-form-urlencoded", "{\"a\":1}") == BodyFormat::json);
        CPPUNIT_ASSERT(bodyFormat("multipart/form-data; boundary=x", "{}") == BodyFormat::multipart);
        CPPUNIT_ASSERT(bodyFormat("text/plain", "a=b") == BodyFormat::other);
        CPPUNIT_ASSERT(bodyFormat("", "") == BodyFormat::other);
    }

    void invalidBodiesNameTheByte()
    {
        const ApiError error = invalidBody(scanBody("{\"a\":}").error(), Language::english);
        CPPUNIT_ASSERT_EQUAL(400, error.status);
        CPPUNIT_ASSERT_EQUAL(std::string("invalid_text_request"), error.code);
        CPPUNIT_ASSERT(error.message.find("byte 5") != std::string::npos);
        const ApiError twice = invalidBody(scanBody(R"({"model":"a","model":"b"})").error(), Language::english);
        CPPUNIT_ASSERT_EQUAL(std::string("model"), twice.param);
        CPPUNIT_ASSERT(twice.message.find("13") != std::string::npos);
        CPPUNIT_ASSERT_EQUAL(400, bodyIsNotJson("", Language::english).status);
    }

    void textsComeInTwoLanguages()
    {
        const auto index = scanBody(R"({"model":"m","max_tokens":"5"})");
        const std::string english = checkFields(SWY_OP_CHAT, *index, {}, Language::english).error().message;
        const std::string chinese = checkFields(SWY_OP_CHAT, *index, {}, Language::chinese).error().message;
        CPPUNIT_ASSERT(english != chinese);
        CPPUNIT_ASSERT(english.find('{') == std::string::npos && chinese.find('{') == std::string::npos);
        CPPUNIT_ASSERT(english.find("max_tokens") != std::string::npos && chinese.find("max_tokens") != std::string::npos);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ChecksTest);
