// Looking at JSON text 16 bytes at a time: where a run of plain string bytes ends. SSE2 is part of x86-64; elsewhere eight
// bytes at a time in a plain word.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace switchyard::relay
{

/// Finds what may end a run of bytes inside a JSON string, and remembers whether any byte that it saw was not ASCII.
class StringRun
{
public:
    /// The first quote, backslash or control character in [p, end), or `end`.
    const char* skip(const char* p, const char* end)
    {
#if defined(__SSE2__)
        const __m128i quote = _mm_set1_epi8('"');
        const __m128i slash = _mm_set1_epi8('\\');
        const __m128i control = _mm_set1_epi8(0x1F);
        for (; end - p >= 16; p += 16)
        {
            const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
            __m128i stop = _mm_or_si128(_mm_cmpeq_epi8(bytes, quote), _mm_cmpeq_epi8(bytes, slash));
            stop = _mm_or_si128(stop, _mm_cmpeq_epi8(_mm_max_epu8(bytes, control), control));
            high_ = _mm_or_si128(high_, bytes);
            if (const int mask = _mm_movemask_epi8(stop)) return p + std::countr_zero(static_cast<unsigned>(mask));
        }
#else
        constexpr uint64_t ones = 0x0101010101010101, highs = 0x8080808080808080;
        const auto zeroByte = [](uint64_t word) { return (word - ones) & ~word & highs; };
        for (; end - p >= 8; p += 8)
        {
            uint64_t bytes;
            std::memcpy(&bytes, p, 8);
            high_ |= bytes;
            const uint64_t below = (bytes - ones * 0x20) & ~bytes & highs;
            if (below | zeroByte(bytes ^ (ones * '"')) | zeroByte(bytes ^ (ones * '\\'))) break;
        }
#endif
        for (; p < end; ++p)
        {
            const unsigned char byte = static_cast<unsigned char>(*p);
            if (byte == '"' || byte == '\\' || byte < 0x20) return p;
            rest_ |= byte;
        }
        return p;
    }

    /// Whether bytes from 0x80 on were seen; may also say so for such a byte shortly behind a string.
    bool sawNonAscii() const
    {
#if defined(__SSE2__)
        return _mm_movemask_epi8(high_) != 0 || (rest_ & 0x80) != 0;
#else
        return ((high_ & 0x8080808080808080) | (rest_ & 0x80)) != 0;
#endif
    }

private:
#if defined(__SSE2__)
    __m128i high_ = _mm_setzero_si128();
#else
    uint64_t high_ = 0;
#endif
    unsigned rest_ = 0;
};

} // namespace switchyard::relay
