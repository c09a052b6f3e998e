// How fast the stream splitter is: gigabytes a second and nanoseconds a frame, for frames of several sizes in 16 KiB
// pieces.
#include <switchyard/sse.hpp>

#include <chrono>
#include <cstdio>
#include <string>

using namespace switchyard::sdk;

int main()
{
    constexpr size_t kPiece = 16384;
    constexpr int kRounds = 200;
    for (const size_t size : {60, 170, 300, 4000})
    {
        const std::string frame = "data: {\"id\":\"" + std::string(size, 'x') + "\"}\n\n";
        std::string stream;
        while (stream.size() < (1u << 20))
            stream += frame;
        SseSplitter splitter;
        size_t frames = 0, data = 0;
        const auto begin = std::chrono::steady_clock::now();
        for (int round = 0; round < kRounds; ++round)
            for (size_t at = 0; at < stream.size(); at += kPiece)
            {
                splitter.feed(std::string_view(stream).substr(at, kPiece));
                for (SseFrame one; splitter.next(one); ++frames)
                    data += one.data.size();
            }
        const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
        std::printf("%5zu bytes a frame: %6.2f GB/s, %6.1f ns a frame (%zu frames, %zu bytes of data)\n", frame.size(),
                    static_cast<double>(stream.size()) * kRounds / seconds / 1e9,
                    seconds * 1e9 / static_cast<double>(frames), frames, data);
    }
}
