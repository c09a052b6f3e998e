// Small helpers for texts, and the exchange's own generator.
#pragma once

#include "switchyard/utf8.hpp"

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace switchyard::demo
{

inline std::string lowered(std::string_view text)
{
    std::string out(text);
    for (char& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return out;
}

inline bool isLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
inline bool isDigit(char c) { return c >= '0' && c <= '9'; }

/// Whether the text is mostly for a reader of Chinese: it holds a Han character.
bool isChinese(std::string_view text);

/// At most `most` code points of the text in one line; an ellipsis where it was longer.
std::string shortened(std::string_view text, size_t most);

/// The pieces in which a model would stream it: words with the blank before them, single CJK characters.
std::vector<std::string_view> wordsOf(std::string_view text);

/// SplitMix64, seeded by the exchange's random bytes: the same bytes, the same answer.
class Random
{
public:
    explicit Random(uint64_t seed) : state_(seed) {}
    explicit Random(const uint8_t* bytes) { std::memcpy(&state_, bytes, sizeof state_); }

    uint64_t next()
    {
        uint64_t z = (state_ += 0x9E3779B97F4A7C15u);
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
        return z ^ (z >> 31);
    }
    size_t below(size_t limit) { return static_cast<size_t>(next() % limit); }
    /// In [-1, 1).
    double signedUnit()
    {
        return static_cast<double>(static_cast<int64_t>(next() >> 11) - (int64_t{1} << 52)) /
               static_cast<double>(int64_t{1} << 52);
    }

private:
    uint64_t state_ = 0;
};

} // namespace switchyard::demo
