#include "script.h"
#include "answers.h"
#include <charconv>
#include <functional>
#include <map>
#include <zlib.h>

namespace mock
{
namespace
{

using Kind = Step::Kind;
using Words = std::vector<std::string_view>;
constexpr std::uint64_t kFrames = 8; // of a stream whose script does not say otherwise

Words split(std::string_view text)
{
    Words parts;
    for (std::size_t colon; (colon = text.find(':')) != std::string_view::npos; text.remove_prefix(colon + 1))
        parts.push_back(text.substr(0, colon));
    parts.push_back(text);
    return parts;
}

std::uint64_t number(const Words& words, std::size_t index, std::uint64_t otherwise)
{
    if (index >= words.size()) return otherwise;
    std::uint64_t value = otherwise;
    std::from_chars(words[index].data(), words[index].data() + words[index].size(), value);
    return value;
}

Step sending(std::string text) { return {Kind::send, std::move(text)}; }
Step waiting(std::uint64_t milliseconds) { return {Kind::wait, {}, 0, milliseconds * 1000}; }
Step ending(Kind kind) { return {kind, {}}; }

std::vector<Step> plain(const Request& request)
{
    if (!isPacedChat(request)) return {sending(plainAnswer(request))};
    return {sending(kStreamHead), {Kind::stream, {}, kFrames, 0}};
}

/// The plain answer as one text, streams included.
std::string plainText(const Request& request)
{
    if (!isPacedChat(request)) return plainAnswer(request);
    std::string text = kStreamHead + firstFrame().bytes;
    for (std::uint64_t i = 1; i < kFrames; ++i)
        text += contentFrames()[i % words().size()].bytes;
    return text + streamEnd(kFrames, request.includeUsage);
}

/// Head and the first frames of a stream, then `then`.
std::vector<Step> begun(std::uint64_t frames, std::vector<Step> then)
{
    std::string text = kStreamHead;
    for (std::uint64_t i = 0; i < frames; ++i)
        text += i == 0 ? firstFrame().bytes : contentFrames()[i % words().size()].bytes;
    // The frames have gone to the peer before what follows happens.
    std::vector<Step> steps{sending(std::move(text)), waiting(20)};
    for (Step& step : then)
        steps.push_back(std::move(step));
    return steps;
}

std::string withHeaders(std::string text, std::string_view lines) { return text.insert(text.find("\r\n") + 2, lines); }

std::string gzipped(std::string_view text)
{
    z_stream stream{};
    deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
    std::string out(deflateBound(&stream, text.size()), '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    deflate(&stream, Z_FINISH);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

/// The payload of a text of HTTP chunks.
std::string unchunked(std::string_view text)
{
    std::string payload;
    while (!text.empty())
    {
        std::size_t size = 0;
        const auto parsed = std::from_chars(text.data(), text.data() + text.size(), size, 16);
        if (parsed.ec != std::errc{} || size == 0) break;
        const std::size_t start = static_cast<std::size_t>(parsed.ptr - text.data()) + 2;
        payload += text.substr(start, size);
        text.remove_prefix(start + size + 2);
    }
    return payload;
}

std::vector<Step> compressed(const Request& request)
{
    const std::string text = plainText(request);
    const std::size_t body = text.find("\r\n\r\n") + 4;
    if (!isPacedChat(request))
        return {sending(answer(200, "application/json", gzipped(std::string_view(text).substr(body)),
                               "Content-Encoding: gzip\r\n"))};
    const std::string packed = gzipped(unchunked(std::string_view(text).substr(body)));
    // Two chunks, cut inside the compressed bytes.
    return {sending(withHeaders(kStreamHead, "Content-Encoding: gzip\r\n") + httpChunk(packed.substr(0, 40))),
            waiting(5), sending(httpChunk(packed.substr(40)) + kLastChunk)};
}

std::vector<Step> status(const Words& words)
{
    const int code = static_cast<int>(number(words, 1, 500));
    const std::string_view body = words.size() > 2 ? words[2] : "openai";
    const std::string_view extra = code == 429 ? "Retry-After: 7\r\n" : "";
    if (body == "openai") return {sending(answer(code, "application/json", errorBody(code), extra))};
    if (body == "string")
        return {sending(answer(code, "application/json", R"({"error":"mock upstream says no"})", extra))};
    if (body == "flat")
        return {sending(answer(code, "application/json", R"({"code":7,"message":"mock upstream says no"})", extra))};
    if (body == "html")
        return {sending(answer(code, "text/html", "<html><h1>mock upstream says no</h1></html>", extra))};
    return {sending(answer(code, "text/plain", "", extra))};
}

std::vector<Step> bigAnswer(const Words& words)
{
    const std::string text(number(words, 1, 1 << 20), 'w');
    return {sending(answer(
        200, "application/json",
        R"({"id":"chatcmpl-big","object":"chat.completion","created":1732500000,"model":"gpt-4o-mini","choices":[{"index":0,"message":{"role":"assistant","content":")" +
            text +
            R"("},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}})"))};
}

std::string chatFrame(std::string_view choice, std::string_view more = {})
{
    return eventChunk(R"({"id":"chatcmpl-money","object":"chat.completion.chunk","created":1732500000,"model":"gpt-4o-mini","choices":[)" +
                      std::string(choice) + "]" + std::string(more) + "}");
}

std::string wordFrame(std::uint64_t number)
{
    return chatFrame(R"({"index":0,"delta":{"content":")" + words()[number % words().size()] + R"("},"finish_reason":null})");
}

const std::string kStopFrame = R"({"index":0,"delta":{},"finish_reason":"stop"})";

std::string wholeMoney(std::string_view content, std::string_view usage)
{
    return answer(200, "application/json",
                  R"({"id":"chatcmpl-money","object":"chat.completion","created":1732500000,"model":"gpt-4o-mini","choices":[{"index":0,"message":{"role":"assistant","content":")" +
                      std::string(content) + R"("},"finish_reason":"stop"}])" + std::string(usage) + "}");
}

std::vector<Step> withUsage(const Request& request, const Words& script)
{
    const std::string prompt = std::to_string(number(script, 1, 10)), completion = std::to_string(number(script, 2, 10));
    const std::string usage = R"(,"usage":{"prompt_tokens":)" + prompt + R"(,"completion_tokens":)" + completion +
                              R"(,"total_tokens":)" + std::to_string(number(script, 1, 10) + number(script, 2, 10)) + "}";
    std::vector<Step> steps{waiting(number(script, 3, 0))};
    if (!request.stream)
        steps.push_back(sending(wholeMoney("paid", usage)));
    else
    {
        std::string text = kStreamHead + wordFrame(0) + wordFrame(1) + wordFrame(2) + chatFrame(kStopFrame);
        if (request.includeUsage) text += chatFrame("", usage);
        steps.push_back(sending(text + eventChunk("[DONE]") + kLastChunk));
    }
    return steps;
}

std::vector<Step> withoutUsage(const Request& request, const Words& script)
{
    const std::uint64_t frames = number(script, 1, kFrames), pace = number(script, 2, 0);
    if (!request.stream)
    {
        std::string content;
        for (std::uint64_t i = 0; i < frames; ++i)
            content += words()[i % words().size()];
        return {sending(wholeMoney(content, ""))};
    }
    std::vector<Step> steps{sending(kStreamHead)};
    for (std::uint64_t i = 0; i < frames; ++i)
    {
        steps.push_back(sending(wordFrame(i)));
        if (pace > 0) steps.push_back(waiting(pace));
    }
    steps.push_back(sending(chatFrame(kStopFrame) + eventChunk("[DONE]") + kLastChunk));
    return steps;
}

std::vector<Step> megaline()
{
    const std::string text(1 << 20, 'm');
    return {sending(
        kStreamHead +
        eventChunk(
            R"({"id":"chatcmpl-mega","object":"chat.completion.chunk","created":1732500000,"model":"gpt-4o-mini","choices":[{"index":0,"delta":{"role":"assistant","content":")" +
            text + R"("},"finish_reason":null}]})") +
        streamEnd(1, false))};
}

std::vector<Step> errorInside200(const Request& request)
{
    if (!request.stream) return {sending(answer(200, "application/json", errorBody(500)))};
    return {sending(kStreamHead + eventChunk(errorBody(500)) + kLastChunk)};
}

std::vector<Step> cutBody(const Request& request)
{
    const std::string text = plainText(request);
    return {sending(text.substr(0, text.size() - text.size() / 4)), waiting(20), ending(Kind::close)};
}

std::vector<Step> flood(const Words& words)
{
    std::string round;
    while (round.size() < 60000)
        for (const Frame& frame : contentFrames())
            round += frame.bytes;
    return {sending(kStreamHead + firstFrame().bytes),
            {Kind::repeat, std::move(round), number(words, 1, 1 << 20), 0},
            sending(streamEnd(1, false))};
}

using Maker = std::function<std::vector<Step>(const Request&, const Words&)>;

std::vector<Step> followed(std::vector<Step> steps, Step last)
{
    steps.push_back(std::move(last));
    return steps;
}

std::vector<Step> preceded(Step first, std::vector<Step> steps)
{
    steps.insert(steps.begin(), std::move(first));
    return steps;
}

const std::map<std::string_view, Maker>& makers()
{
    static const std::map<std::string_view, Maker> table{
        {"stream",
         [](const Request& request, const Words& words)
         {
             if (!isPacedChat(request)) return plain(request);
             return std::vector<Step>{sending(kStreamHead),
                                      {Kind::stream, {}, number(words, 1, kFrames), number(words, 2, 0) * 1000}};
         }},
        {"status", [](const Request&, const Words& words) { return status(words); }},
        {"delay", [](const Request& request, const Words& words)
         { return preceded(waiting(number(words, 1, 100)), plain(request)); }},
        {"big", [](const Request&, const Words& words) { return bigAnswer(words); }},
        {"usage", [](const Request& request, const Words& script) { return withUsage(request, script); }},
        {"no-usage", [](const Request& request, const Words& script) { return withoutUsage(request, script); }},
        {"flood", [](const Request&, const Words& words) { return flood(words); }},
        {"reset", [](const Request&, const Words&) { return std::vector<Step>{ending(Kind::reset)}; }},
        {"hang-head", [](const Request&, const Words&) { return std::vector<Step>{ending(Kind::hang)}; }},
        {"hang-mid",
         [](const Request&, const Words& words) { return begun(number(words, 1, 3), {ending(Kind::hang)}); }},
        {"cut-mid",
         [](const Request&, const Words& words) { return begun(number(words, 1, 3), {ending(Kind::close)}); }},
        {"reset-mid",
         [](const Request&, const Words& words) { return begun(number(words, 1, 3), {ending(Kind::reset)}); }},
        {"cut-body", [](const Request& request, const Words&) { return cutBody(request); }},
        {"error-mid", [](const Request&, const Words& words)
         { return begun(number(words, 1, 3), {sending(eventChunk(errorBody(500)) + kLastChunk)}); }},
        {"error-200", [](const Request& request, const Words&) { return errorInside200(request); }},
        {"json-for-stream", [](const Request&, const Words&) { return std::vector<Step>{sending(wholeChat())}; }},
        {"no-done", [](const Request& request, const Words&)
         { return begun(3, {sending(streamEnd(3, request.includeUsage, false))}); }},
        {"garbage",
         [](const Request&, const Words&)
         {
             return std::vector<Step>{sending("\x16\x03\x01 this is no HTTP at all\r\n\r\n"), waiting(20),
                                      ending(Kind::close)};
         }},
        {"endless-head",
         [](const Request&, const Words&)
         {
             return std::vector<Step>{sending("HTTP/1.1 200 OK\r\n"),
                                      {Kind::repeat, "X-Padding: 0123456789\r\n", 1ull << 40, 0}};
         }},
        {"megaline", [](const Request&, const Words&) { return megaline(); }},
        {"gzip", [](const Request& request, const Words&) { return compressed(request); }},
        {"drip",
         [](const Request& request, const Words& words) {
             return std::vector<Step>{{Kind::drip, plainText(request), 0, number(words, 1, 100)}};
         }},
        {"interim", [](const Request& request, const Words&)
         { return preceded(sending("HTTP/1.1 100 Continue\r\n\r\n"), plain(request)); }},
        {"close",
         [](const Request& request, const Words&) {
             return std::vector<Step>{sending(withHeaders(plainText(request), "Connection: close\r\n")),
                                      ending(Kind::close)};
         }},
        {"stale", [](const Request& request, const Words&) { return followed(plain(request), ending(Kind::close)); }},
        {"redirect",
         [](const Request&, const Words&) {
             return std::vector<Step>{
                 sending(answer(307, "text/plain", "elsewhere", "Location: /v1/chat/completions\r\n"))};
         }},
        {"headers",
         [](const Request& request, const Words&)
         {
             return std::vector<Step>{sending(withHeaders(
                 plainText(request),
                 "Set-Cookie: crumb=1\r\nOpenAI-Organization: somebody\r\nX-Oneapi-Request-Id: of-another-gateway\r\n"
                 "Access-Control-Allow-Origin: elsewhere\r\nServer: mock\r\nX-Request-Id: req_mock\r\n"))};
         }},
    };
    return table;
}

} // namespace

std::vector<Step> stepsFor(const Request& request)
{
    const Words words = split(request.script);
    const auto maker = makers().find(words[0]);
    if (maker != makers().end()) return maker->second(request, words);
    return {sending(answer(400, "application/json",
                           R"({"error":{"message":"mock upstream: unknown script ')" + std::string(words[0]) +
                               R"('","type":"mock","param":null,"code":"unknown_script"}})"))};
}

} // namespace mock
