// Nanoseconds of the relay's byte work, beside what other parsers need for the same bytes. usage: micro_relay [SECONDS]
#include "relay/body_scan.h"
#include "relay/checks.h"
#include "relay/dialects/openai.h"
#include "relay/forwarder.h"
#include "relay/patch.h"
#include "switchyard/provider.h"

#include <rapidjson/reader.h>
#include <simdjson.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <iterator>
#include <span>
#include <string>
#include <time.h>

using namespace switchyard;
using namespace switchyard::relay;

namespace
{

double seconds = 0.2;
size_t sink = 0;

double cpuSeconds()
{
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

/// The median of seven rounds, in nanoseconds of processor time a call.
double measure(const std::function<void()>& call)
{
    double rounds[7];
    for (double& round : rounds)
    {
        size_t calls = 0;
        const double begin = cpuSeconds();
        double spent = 0;
        while (spent < seconds / 7)
        {
            for (int i = 0; i < 64; ++i)
                call();
            calls += 64;
            spent = cpuSeconds() - begin;
        }
        round = spent * 1e9 / static_cast<double>(calls);
    }
    std::sort(std::begin(rounds), std::end(rounds));
    return rounds[3];
}

/// A chat request of about `size` bytes: turns of 300 characters, a few options.
std::string chatBody(size_t size, bool ascii)
{
    const std::string words = ascii ? "The quick brown fox jumps over the lazy dog, and then \\\"again\\\". "
                                    : "Les \u00e9l\u00e8ves \u4f60\u597d d\u00e9j\u00e0 vu \\n ";
    std::string body = R"({"model": "gpt-4o-mini", "messages": [{"role": "system", "content": "You are a helpful assistant."})";
    for (int turn = 0; body.size() + 300 < size; ++turn)
    {
        body += turn % 2 ? R"(, {"role": "assistant", "content": ")" : R"(, {"role": "user", "content": ")";
        for (size_t begin = body.size(); body.size() < begin + 300;)
            body += words;
        body += "\"}";
    }
    return body + R"(], "temperature": 0.7, "max_tokens": 1024, "stream": true, "user": "user-1234"})";
}

void scans()
{
    std::printf("%-28s %10s %14s %16s\n", "body", "our scan", "simdjson DOM", "RapidJSON SAX");
    for (size_t size : {512u, 2048u, 20480u})
        for (bool ascii : {true, false})
        {
            const std::string body = chatBody(size, ascii);
            simdjson::dom::parser parser;
            const simdjson::padded_string padded(body);
            const double ours = measure([&] { sink += scanBody(body)->members().size(); });
            const double dom = measure([&] { sink += parser.parse(padded).error(); });
            const double sax = measure([&] {
                rapidjson::Reader reader;
                rapidjson::BaseReaderHandler<> ignore;
                rapidjson::MemoryStream stream(body.data(), body.size());
                sink += reader.Parse<rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag>(stream, ignore).Offset();
            });
            std::printf("%6zu bytes %-15s %7.0f ns %11.0f ns %13.0f ns\n", body.size(), ascii ? "ASCII" : "not ASCII", ours, dom, sax);
        }
}

void checks()
{
    std::printf("\n%-44s %10s\n", "scanned body", "ns");
    for (size_t size : {512u, 2048u, 20480u})
    {
        const std::string body = chatBody(size, true);
        const auto index = scanBody(body);
        const double fields = measure([&] { sink += checkFields(SWY_OP_CHAT, *index, {}, accounts::Language::english).ok(); });
        std::printf("field checks, %6zu bytes %19s %10.0f\n", body.size(), "", fields);
        if (size != 2048) continue;
        const double prompt = measure([&] { sink += withSystemPrompt(*index, "Be kind.")->bytes().size(); });
        std::printf("forced system prompt, %6zu bytes %11s %10.0f\n", body.size(), "", prompt);
    }
}

class NoTaps final : public providers::TapPort
{
public:
    providers::TapVerdict tap(uint32_t, std::string_view, std::string_view) override { return providers::TapVerdict::pass; }
    std::string_view replacement() const override { return {}; }
};

/// What the provider sends for one token, in the form of the real thing.
std::string frameOf(int i)
{
    return R"(data: {"id":"chatcmpl-C4Hq5a6K3RaPMymUv70btQNYv6SvY","object":"chat.completion.chunk","created":1755137921,"model":"gpt-5-nano-2025-08-07",)"
           R"("service_tier":"default","system_fingerprint":null,"choices":[{"index":0,"delta":{"content":" word)" +
           std::to_string(i) + R"("},"logprobs":null,"finish_reason":null}],"usage":null,"obfuscation":"WuQNX3c"})" + "\n\n";
}

/// `perFeed` frames in each piece, flushed after each, as in a wake-up of the loop.
double perFrame(uint32_t flags, std::span<const std::string> needles, size_t perFeed)
{
    NoTaps taps;
    providers::ForwardPlan plan;
    plan.flags = flags;
    plan.dialect = SWY_DIALECT_OPENAI;
    plan.needles = needles;
    ForwardRequest request;
    request.operation = SWY_OP_CHAT;
    request.stream = true;
    request.requestedModel = "gpt-5-nano";
    auto forwarder = makeForwarder(request, plan, taps);
    OutputQueue out;
    std::string piece;
    for (size_t i = 0; i < perFeed; ++i)
        piece += frameOf(static_cast<int>(i));
    const double call = measure([&] {
        forwarder->feed(piece, out);
        sink += out.size();
        out.consume(out.size());
    });
    return call / static_cast<double>(perFeed);
}

void forwarding()
{
    const std::string needles[] = {"\"service_tier\":\"flex\"", "\"x_vendor\""};
    std::printf("\n%-44s %10s\n", "frame of 300 bytes, forwarded", "ns");
    std::printf("%-44s %10.0f\n", "as it is, one at a time", perFrame(0, {}, 1));
    std::printf("%-44s %10.0f\n", "as it is, eight at a time", perFrame(0, {}, 8));
    std::printf("%-44s %10.0f\n", "model replaced", perFrame(SWY_FORWARD_REPLACE_MODEL, {}, 1));
    std::printf("%-44s %10.0f\n", "model replaced, two needles", perFrame(SWY_FORWARD_REPLACE_MODEL, needles, 1));
}

void rendering()
{
    AnswerForm form;
    form.operation = SWY_OP_CHAT;
    form.id = "chatcmpl-C4Hq5a6K3RaPMymUv70btQNYv6SvY";
    form.created = 1755137921;
    form.model = "gpt-5-nano";
    form.stream = true;
    auto renderer = makeOpenAiRenderer(form);
    OutputQueue out;
    providers::Delta delta;
    delta.kind = SWY_DELTA_TEXT;
    delta.text = " word12";
    std::printf("\n%-44s %10s\n", "rendered", "ns");
    std::printf("%-44s %10.0f\n", "text delta as a chunk", measure([&] {
                    renderer->delta(delta, out);
                    sink += out.size();
                    out.consume(out.size());
                }));
}

} // namespace

int main(int argc, char** argv)
{
    if (argc > 1) seconds = std::atof(argv[1]);
    scans();
    checks();
    forwarding();
    rendering();
    return sink == 0;
}
