// Fuzz target: chunked bodies whole and in pieces. The first byte says how long the pieces are.
#include "net/chunked.h"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

using switchyard::net::ChunkedDecoder;

namespace
{

void require(bool holds, const char* what)
{
    if (holds) return;
    std::fprintf(stderr, "does not hold: %s\n", what);
    std::abort();
}

struct Outcome
{
    std::string body;
    size_t consumed = 0;
    bool ended = false;
    bool failed = false;
};

Outcome decode(const std::string& wire, size_t step)
{
    ChunkedDecoder decoder;
    Outcome out;
    for (size_t at = 0; at < wire.size() && !decoder.ended() && !decoder.failed(); at += step)
    {
        std::string part = wire.substr(at, step);
        const ChunkedDecoder::Progress progress = decoder.decode(part.data(), part.size());
        require(progress.body <= progress.consumed && progress.consumed <= part.size(), "progress is within the piece");
        require(progress.consumed == part.size() || decoder.ended() || decoder.failed(),
                "a piece is left only at the end");
        out.body.append(part.data(), progress.body);
        out.consumed += progress.consumed;
    }
    out.ended = decoder.ended();
    out.failed = decoder.failed();
    require(!(out.ended && out.failed), "an end is no failure");
    require(!out.failed || *decoder.reason(), "a failure has a reason");
    return out;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    if (size < 2) return 0;
    const std::string wire(reinterpret_cast<const char*>(data) + 1, size - 1);
    const Outcome whole = decode(wire, wire.size());
    for (size_t step : {size_t{1}, size_t{data[0]} + 1})
    {
        const Outcome pieces = decode(wire, step);
        require(whole.body == pieces.body && whole.ended == pieces.ended && whole.failed == pieces.failed,
                "cuts change nothing");
        require(whole.consumed == pieces.consumed, "nor where the message ends");
    }
    if (!whole.ended) return 0;
    // Encoded anew by the simplest encoder there is, the body comes back.
    char size16[20];
    std::snprintf(size16, sizeof(size16), "%zx\r\n", whole.body.size());
    const std::string simple = whole.body.empty() ? "0\r\n\r\n" : size16 + whole.body + "\r\n0\r\n\r\n";
    require(decode(simple, simple.size()).body == whole.body, "a body survives encoding");
    return 0;
}
