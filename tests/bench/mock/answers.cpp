#include "answers.h"
#include "features.h"
#include <cstring>

namespace mock
{
namespace
{

constexpr std::string_view kModel = "gpt-4o-mini-2024-07-18";
constexpr std::string_view kId = "chatcmpl-00000000000000000000";
constexpr std::size_t kStampDigits = 20;

std::string chunkJson(std::string_view delta, std::string_view finish)
{
    return R"({"id":")" + std::string(kId) + R"(","object":"chat.completion.chunk","created":1732500000,"model":")" +
           std::string(kModel) +
           R"(","service_tier":"default","system_fingerprint":"fp_0aa8d3e20b","choices":[{"index":0,"delta":)" +
           std::string(delta) + R"(,"logprobs":null,"finish_reason":)" + std::string(finish) + "}]}";
}

Frame frameOf(std::string_view json)
{
    Frame frame{eventChunk(json), 0};
    frame.stamp = frame.bytes.find(kId) + kId.size() - kStampDigits;
    return frame;
}

std::string usageJson(std::uint64_t frames)
{
    return R"({"prompt_tokens":19,"completion_tokens":)" + std::to_string(frames) + R"(,"total_tokens":)" +
           std::to_string(frames + 19) +
           R"(,"prompt_tokens_details":{"cached_tokens":0},"completion_tokens_details":{"reasoning_tokens":0}})";
}

} // namespace

const std::string kStreamHead = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n"
                                "Cache-Control: no-cache\r\nTransfer-Encoding: chunked\r\n\r\n";
const std::string kLastChunk = "0\r\n\r\n";

void Frame::stampNow(std::uint64_t nanoseconds)
{
    for (std::size_t i = kStampDigits; i-- > 0; nanoseconds /= 10)
        bytes[stamp + i] = static_cast<char>('0' + nanoseconds % 10);
}

std::string answer(int status, std::string_view type, std::string_view body, std::string_view extra)
{
    const std::string_view reason = status == 200 ? "OK" : "Mock";
    return "HTTP/1.1 " + std::to_string(status) + " " + std::string(reason) + "\r\nContent-Type: " + std::string(type) +
           "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + std::string(extra) + "\r\n" +
           std::string(body);
}

std::string httpChunk(std::string_view bytes)
{
    char size[24];
    std::snprintf(size, sizeof size, "%zx\r\n", bytes.size());
    return size + std::string(bytes) + "\r\n";
}

std::string eventChunk(std::string_view payload) { return httpChunk("data: " + std::string(payload) + "\n\n"); }

std::string errorBody(int status)
{
    switch (status)
    {
    case 400:
        return R"({"error":{"message":"mock upstream: 'temperature' is out of range","type":"invalid_request_error","param":"temperature","code":"invalid_value"}})";
    case 401:
        return R"({"error":{"message":"mock upstream: incorrect API key provided","type":"invalid_request_error","param":null,"code":"invalid_api_key"}})";
    case 429:
        return R"({"error":{"message":"mock upstream: rate limit reached","type":"requests","param":null,"code":"rate_limit_exceeded"}})";
    default:
        return R"({"error":{"message":"mock upstream: the server had an error","type":"server_error","param":null,"code":null}})";
    }
}

const std::vector<std::string>& words()
{
    static const std::vector<std::string> list{" wagons", " roll", " over", " the", " hump", " and", " find", " their"};
    return list;
}

std::vector<Frame>& contentFrames()
{
    static std::vector<Frame> frames = []
    {
        std::vector<Frame> made;
        for (const std::string& word : words())
            made.push_back(frameOf(chunkJson(R"({"content":")" + word + R"("})", "null")));
        return made;
    }();
    return frames;
}

Frame& firstFrame()
{
    static Frame frame =
        frameOf(chunkJson(R"({"role":"assistant","content":")" + words()[0] + R"(","refusal":null})", "null"));
    return frame;
}

std::string streamEnd(std::uint64_t frames, bool usage, bool done)
{
    std::string bytes = eventChunk(chunkJson("{}", R"("stop")"));
    if (usage)
        bytes += eventChunk(R"({"id":")" + std::string(kId) +
                            R"(","object":"chat.completion.chunk","created":1732500000,"model":")" +
                            std::string(kModel) + R"(","choices":[],"usage":)" + usageJson(frames) + "}");
    if (done) bytes += eventChunk("[DONE]");
    return bytes + kLastChunk;
}

const std::string& wholeChat()
{
    static const std::string bytes = answer(
        200, "application/json",
        R"({"id":"chatcmpl-ByteForByteTheSame00000000","object":"chat.completion","created":1732500000,"model":")" +
            std::string(kModel) +
            R"(","choices":[{"index":0,"message":{"role":"assistant","content":"Wagons roll over the hump and find their track by weight, wind and the points that a clerk has set for them beforehand.","refusal":null,"annotations":[]},"logprobs":null,"finish_reason":"stop"}],"usage":)" +
            usageJson(26) + R"(,"service_tier":"default","system_fingerprint":"fp_0aa8d3e20b"})");
    return bytes;
}

bool isPacedChat(const Request& request)
{
    return request.stream && request.path == "/v1/chat/completions" && !asksForTools(request.body);
}

std::string plainAnswer(const Request& request)
{
    if (request.path == "/v1/chat/completions")
    {
        if (asksForTools(request.body))
            return request.stream ? streamedToolCall(request.includeUsage) : wholeToolCall();
        if (asksForSchema(request.body)) return wholeSchemaAnswer();
        return wholeChat();
    }
    if (request.path == "/v1/completions") return legacyCompletion(request.stream, request.includeUsage);
    if (request.path.ends_with("/embeddings")) return embeddings(request.body);
    if (request.path == "/v1/moderations") return moderation();
    if (request.path == "/v1/models") return modelList();
    return answer(
        404, "application/json",
        R"({"error":{"message":"mock upstream: no such path","type":"invalid_request_error","param":null,"code":null}})");
}

} // namespace mock
