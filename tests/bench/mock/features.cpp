#include "features.h"
#include "answers.h"
#include <cstring>
#include <simdjson.h>

namespace mock
{
namespace
{

bool contains(std::string_view text, std::string_view what)
{
    return memmem(text.data(), text.size(), what.data(), what.size()) != nullptr;
}

std::string toolChunk(std::string_view delta, std::string_view finish)
{
    return eventChunk(
        R"({"id":"chatcmpl-tool","object":"chat.completion.chunk","created":1732500000,"model":"gpt-4o-mini-2024-07-18","choices":[{"index":0,"delta":)" +
        std::string(delta) + R"(,"finish_reason":)" + std::string(finish) + "}]}");
}

std::string base64(const unsigned char* data, std::size_t size)
{
    static constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string text;
    for (std::size_t i = 0; i < size; i += 3)
    {
        const std::size_t have = size - i < 3 ? size - i : 3;
        unsigned bits = static_cast<unsigned>(data[i]) << 16;
        if (have > 1) bits |= static_cast<unsigned>(data[i + 1]) << 8;
        if (have > 2) bits |= data[i + 2];
        for (std::size_t k = 0; k < 4; ++k)
            text += k <= have ? kAlphabet[bits >> (18 - 6 * k) & 63] : '=';
    }
    return text;
}

/// Number of texts in the member `input`; 0 where it is neither a text nor a list.
std::size_t countInputs(std::string_view body)
{
    simdjson::dom::parser parser;
    simdjson::dom::element document;
    if (parser.parse(simdjson::padded_string(body)).get(document) != simdjson::SUCCESS) return 0;
    simdjson::dom::element input;
    if (document["input"].get(input) != simdjson::SUCCESS) return 0;
    simdjson::dom::array list;
    if (input.get(list) != simdjson::SUCCESS) return input.is_string() ? 1 : 0;
    return list.size();
}

} // namespace

bool asksForTools(std::string_view body) { return contains(body, "\"tools\""); }
bool asksForSchema(std::string_view body) { return contains(body, "\"json_schema\""); }

std::string wholeToolCall()
{
    return answer(
        200, "application/json",
        R"({"id":"chatcmpl-tool","object":"chat.completion","created":1732500000,"model":"gpt-4o-mini-2024-07-18","choices":[{"index":0,"message":{"role":"assistant","content":null,"tool_calls":[{"id":"call_mock_1","type":"function","function":{"name":"get_weather","arguments":"{\"city\":\"K\u00f6ln\"}"}}]},"finish_reason":"tool_calls"}],"usage":{"prompt_tokens":40,"completion_tokens":12,"total_tokens":52}})");
}

std::string streamedToolCall(bool usage)
{
    std::string bytes = kStreamHead;
    bytes += toolChunk(
        R"({"role":"assistant","content":null,"tool_calls":[{"index":0,"id":"call_mock_1","type":"function","function":{"name":"get_weather","arguments":""}}]})",
        "null");
    for (const char* piece : {R"({\"ci)", R"(ty\":\"K\u00f6)", R"(ln\"})"})
        bytes += toolChunk(std::string(R"({"tool_calls":[{"index":0,"function":{"arguments":")") + piece + R"("}}]})",
                           "null");
    bytes += toolChunk("{}", R"("tool_calls")");
    if (usage)
        bytes += eventChunk(
            R"({"id":"chatcmpl-tool","object":"chat.completion.chunk","created":1732500000,"model":"gpt-4o-mini-2024-07-18","choices":[],"usage":{"prompt_tokens":40,"completion_tokens":12,"total_tokens":52}})");
    return bytes + eventChunk("[DONE]") + kLastChunk;
}

std::string wholeSchemaAnswer()
{
    return answer(
        200, "application/json",
        R"({"id":"chatcmpl-schema","object":"chat.completion","created":1732500000,"model":"gpt-4o-mini-2024-07-18","choices":[{"index":0,"message":{"role":"assistant","content":"{\"name\":\"Ada\",\"wagons\":36}","refusal":null},"finish_reason":"stop"}],"usage":{"prompt_tokens":30,"completion_tokens":9,"total_tokens":39}})");
}

std::string legacyCompletion(bool stream, bool usage)
{
    if (!stream)
        return answer(
            200, "application/json",
            R"({"id":"cmpl-mock","object":"text_completion","created":1732500000,"model":"gpt-3.5-turbo-instruct","choices":[{"text":" a yard for wagons","index":0,"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":5,"completion_tokens":4,"total_tokens":9}})");
    std::string bytes = kStreamHead;
    for (const char* word : {" a", " yard", " for", " wagons"})
        bytes += eventChunk(
            std::string(
                R"({"id":"cmpl-mock","object":"text_completion","created":1732500000,"model":"gpt-3.5-turbo-instruct","choices":[{"text":")") +
            word + R"(","index":0,"logprobs":null,"finish_reason":null}]})");
    bytes += eventChunk(
        R"({"id":"cmpl-mock","object":"text_completion","created":1732500000,"model":"gpt-3.5-turbo-instruct","choices":[{"text":"","index":0,"logprobs":null,"finish_reason":"stop"}]})");
    if (usage)
        bytes += eventChunk(
            R"({"id":"cmpl-mock","object":"text_completion","created":1732500000,"model":"gpt-3.5-turbo-instruct","choices":[],"usage":{"prompt_tokens":5,"completion_tokens":4,"total_tokens":9}})");
    return bytes + eventChunk("[DONE]") + kLastChunk;
}

std::string embeddings(std::string_view body)
{
    const std::size_t count = countInputs(body);
    const bool encoded = stringMember(body, "\"encoding_format\"") == "base64";
    std::string data;
    for (std::size_t i = 0; i < count; ++i)
    {
        const float vector[4] = {static_cast<float>(i), 0.25f, -0.5f, 1.0f};
        unsigned char raw[sizeof vector];
        std::memcpy(raw, vector, sizeof vector);
        const std::string value =
            encoded ? '"' + base64(raw, sizeof raw) + '"' : "[" + std::to_string(i) + ",0.25,-0.5,1.0]";
        data += (i ? "," : "") + std::string(R"({"object":"embedding","index":)") + std::to_string(i) +
                R"(,"embedding":)" + value + "}";
    }
    return answer(200, "application/json",
                  R"({"object":"list","data":[)" + data +
                      R"(],"model":"text-embedding-3-small","usage":{"prompt_tokens":)" + std::to_string(3 * count) +
                      R"(,"total_tokens":)" + std::to_string(3 * count) + "}}");
}

std::string moderation()
{
    return answer(
        200, "application/json",
        R"({"id":"modr-mock","model":"omni-moderation-2024-09-26","results":[{"flagged":true,"categories":{"harassment":false,"violence":true},"category_scores":{"harassment":0.01,"violence":0.98},"category_applied_input_types":{"violence":["text"]}}]})");
}

std::string modelList()
{
    return answer(
        200, "application/json",
        R"({"object":"list","data":[{"id":"gpt-4o-mini","object":"model","created":1721172741,"owned_by":"system"}]})");
}

} // namespace mock
