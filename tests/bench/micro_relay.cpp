// Nanoseconds of the relay's byte work, beside what other parsers need for the same bytes. usage: micro_relay [SECONDS]
#include "relay/body_scan.h"

#include <rapidjson/reader.h>
#include <simdjson.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <iterator>
#include <string>
#include <time.h>

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

} // namespace

int main(int argc, char** argv)
{
    if (argc > 1) seconds = std::atof(argv[1]);
    scans();
    return sink == 0;
}
