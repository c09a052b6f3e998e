// Encodes texts for comparison with other implementations, and measures.
// usage: token_tool encode ENCODING < TEXTS    TEXTS: per text its length (4 bytes, little-endian) and its bytes;
//                                              answers a line of ranks per text
//        token_tool speed FILE...              MB/s of each encoding on each file, one thread
#include "ledger/tokens/token_counter.h"

#include <chrono>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>

using namespace switchyard::ledger;

namespace
{

int encode(Encoding encoding)
{
    Vocabularies vocabularies;
    std::string text;
    unsigned char head[4];
    while (std::fread(head, 1, 4, stdin) == 4)
    {
        text.resize(head[0] | head[1] << 8 | head[2] << 16 | static_cast<size_t>(head[3]) << 24);
        if (std::fread(text.data(), 1, text.size(), stdin) != text.size()) return 1;
        const char* separator = "";
        for (const uint32_t rank : encodeText(vocabularies, encoding, text))
        {
            std::printf("%s%u", separator, rank);
            separator = " ";
        }
        std::printf("\n");
    }
    return 0;
}

double secondsOf(auto&& work)
{
    const auto start = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

int speed(int files, char** names)
{
    Vocabularies vocabularies;
    for (int e = 0; e < kEncodings; ++e)
    {
        const auto encoding = static_cast<Encoding>(e);
        const double unpacking = secondsOf([&] { vocabularies.of(encoding); });
        std::printf("%s: unpacked in %.1f ms, %.1f MB\n", std::string(nameOf(encoding)).c_str(), unpacking * 1e3,
                    static_cast<double>(vocabularies.of(encoding).memory()) / 1e6);
        for (int f = 0; f < files; ++f)
        {
            std::ifstream in(names[f], std::ios::binary);
            const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
            size_t tokens = 0, fed = 0;
            const double whole = secondsOf([&] { tokens = countTokens(vocabularies, encoding, text); });
            const double pieces = secondsOf([&] {
                TokenCounter counter(vocabularies, encoding);
                for (size_t at = 0; at < text.size(); at += 16)
                    counter.feed(std::string_view(text).substr(at, 16));
                fed = counter.count();
            });
            std::printf("  %s: %zu bytes, %zu tokens, whole %.1f MB/s, in pieces of 16 bytes %.1f MB/s%s\n", names[f],
                        text.size(), tokens, static_cast<double>(text.size()) / whole / 1e6,
                        static_cast<double>(text.size()) / pieces / 1e6, fed == tokens ? "" : " DIFFERENT COUNT");
        }
    }
    return 0;
}

} // namespace

int main(int argc, char** argv)
{
    if (argc == 3 && std::strcmp(argv[1], "encode") == 0)
        if (const auto encoding = encodingNamed(argv[2])) return encode(*encoding);
    if (argc >= 3 && std::strcmp(argv[1], "speed") == 0) return speed(argc - 2, argv + 2);
    std::fprintf(stderr, "usage: token_tool encode ENCODING < TEXTS | token_tool speed FILE...\n");
    return 2;
}
