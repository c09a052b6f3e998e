// Looking at JSON text 16 bytes at a time: where the plain part of a string ends. SSE2 is part of x86-64; elsewhere eight
// bytes at a time in a plain word.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace switchyard::relay
{

namespace detail
{

/// Which bytes may follow a backslash, but for the `u` of a code.
inline constexpr std::array<bool, 256> kSimpleEscape = [] {
    std::array<bool, 256> table{};
    for (const char c : {'"', '\\', '/', 'b', 'f', 'n', 'r', 't'})
        table[static_cast<unsigned char>(c)] = true;
    return table;
}();

inline bool isSimpleEscape(char c) { return kSimpleEscape[static_cast<unsigned char>(c)]; }

} // namespace detail

/// Runs over what stands in a JSON string, and remembers whether it met a byte that is not ASCII, or an escape.
class StringRun
{
public:
    bool escaped = false;

    /// The first byte in [p, end) that is not plain: the closing quote, a control character, or the backslash of a `\u` or
    /// of no escape at all. Simple escapes are stepped over. `end`: none, or an escape that `end` cuts in two.
    const char* skip(const char* p, const char* end)
    {
#if defined(__SSE2__)
        const __m128i quote = _mm_set1_epi8('"');
        const __m128i slash = _mm_set1_epi8('\\');
        const __m128i control = _mm_set1_epi8(0x1F);
        const auto special = [&](__m128i bytes) {
            const __m128i mark = _mm_or_si128(_mm_cmpeq_epi8(bytes, quote), _mm_cmpeq_epi8(bytes, slash));
            return _mm_or_si128(mark, _mm_cmpeq_epi8(_mm_max_epu8(bytes, control), control));
        };
        __m128i high = _mm_setzero_si128();
        const char* stop = nullptr;
        while (!stop && end - p > 16) // one more than the block: what is escaped may stand behind it
        {
            const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
            high = _mm_or_si128(high, bytes);
            unsigned mask = static_cast<unsigned>(_mm_movemask_epi8(special(bytes)));
            const bool plain = mask == 0;
            const char* next = p + 16;
            while (mask != 0)
            {
                const int i = std::countr_zero(mask);
                if (p[i] != '\\' || !detail::isSimpleEscape(p[i + 1]))
                {
                    stop = p + i;
                    break;
                }
                escaped = true;
                mask &= ~(3u << i);
                if (i == 15) ++next;
            }
            p = next;
            if (plain)
                for (; end - p > 64; p += 64) // a long text
                {
                    const auto at = [&](int i) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(p) + i); };
                    const __m128i a = at(0), b = at(1), c = at(2), d = at(3);
                    const __m128i any = _mm_or_si128(_mm_or_si128(special(a), special(b)), _mm_or_si128(special(c), special(d)));
                    if (_mm_movemask_epi8(any) != 0) break;
                    high = _mm_or_si128(high, _mm_or_si128(_mm_or_si128(a, b), _mm_or_si128(c, d)));
                }
        }
        if (_mm_movemask_epi8(high) != 0) high_ |= 0x80;
        if (stop) return stop;
#else
        constexpr uint64_t ones = 0x0101010101010101, highs = 0x8080808080808080;
        const auto zeroByte = [](uint64_t word) { return (word - ones) & ~word & highs; };
        for (; end - p >= 8; p += 8)
        {
            uint64_t bytes;
            std::memcpy(&bytes, p, 8);
            if ((bytes & highs) != 0) high_ |= 0x80;
            const uint64_t below = (bytes - ones * 0x20) & ~bytes & highs;
            if (below | zeroByte(bytes ^ (ones * '"')) | zeroByte(bytes ^ (ones * '\\'))) break;
        }
#endif
        for (; p < end; ++p)
        {
            const unsigned char byte = static_cast<unsigned char>(*p);
            if (byte == '"' || byte < 0x20) return p;
            high_ |= byte;
            if (byte != '\\') continue;
            escaped = true;
            if (p + 1 == end) return end;
            if (!detail::isSimpleEscape(p[1])) return p;
            ++p;
        }
        return p;
    }

    /// Whether bytes from 0x80 on were seen; may also say so for such a byte shortly behind a string.
    bool sawNonAscii() const { return (high_ & 0x80) != 0; }

private:
    unsigned high_ = 0;
};

} // namespace switchyard::relay
