// Fuzz target: server-sent events whole and in pieces. The first byte says how long the pieces are.
#include "switchyard/sse.hpp"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

using namespace switchyard::sdk;

namespace
{

void require(bool holds, const char* what)
{
    if (holds) return;
    std::fprintf(stderr, "does not hold: %s\n", what);
    std::abort();
}

struct Frame
{
    std::string raw;
    std::string data;
    std::string event;
    bool hasData;
    bool complete;
    bool operator==(const Frame&) const = default;
};

std::vector<Frame> split(const std::string& stream, size_t step, bool& tooLong)
{
    SseSplitter splitter;
    std::vector<Frame> frames;
    SseFrame frame;
    auto keep = [&]
    {
        frames.push_back(
            {std::string(frame.raw), std::string(frame.data), std::string(frame.event), frame.hasData, frame.complete});
    };
    for (size_t at = 0; at < stream.size(); at += step)
    {
        const std::string part = stream.substr(at, step); // on the heap: reading past it is seen
        const auto copy = std::make_unique<char[]>(part.size());
        std::copy(part.begin(), part.end(), copy.get());
        splitter.feed({copy.get(), part.size()});
        while (splitter.next(frame))
            keep();
        if (splitter.tooLong()) break;
    }
    tooLong = splitter.tooLong();
    if (!tooLong)
        while (splitter.finish(frame))
            keep();
    return frames;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    if (size < 2) return 0;
    const std::string stream(reinterpret_cast<const char*>(data) + 1, size - 1);
    bool tooLong = false;
    const std::vector<Frame> whole = split(stream, stream.size(), tooLong);
    std::string joined;
    for (const Frame& frame : whole)
    {
        joined += frame.raw;
        require(!frame.raw.empty(), "a frame has bytes");
        require(frame.hasData || frame.data.empty(), "no data without a data line");
        require(frame.data.size() <= frame.raw.size(), "data is part of the frame");
    }
    require(tooLong || joined == stream, "the raw frames are the stream");
    for (size_t step : {size_t{1}, size_t{data[0]} + 1})
    {
        bool cutTooLong = false;
        require(split(stream, step, cutTooLong) == whole && cutTooLong == tooLong, "cuts change nothing");
    }
    return 0;
}
