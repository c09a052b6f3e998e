// Whether a short text stands somewhere in a frame: asked of every frame for every needle, mostly in vain.
#pragma once

#include <cstring>
#include <string_view>
#if defined(__SSE2__)
#include <bit>
#include <emmintrin.h>
#endif

namespace switchyard::relay
{

/// Looks for needle's first and last byte at their distance, 16 places at a time; JSON is full of quotes, so the first
/// byte alone (as memchr looks for) says little.
inline bool containsBytes(std::string_view text, std::string_view needle)
{
    if (needle.empty()) return true;
    if (needle.size() > text.size()) return false;
    const char* p = text.data();
    const char* last = p + (text.size() - needle.size()); // the last place where it may begin
#if defined(__SSE2__)
    const __m128i head = _mm_set1_epi8(needle.front());
    const __m128i tail = _mm_set1_epi8(needle.back());
    const size_t distance = needle.size() - 1;
    for (; last - p >= 15; p += 16)
    {
        const __m128i begins = _mm_cmpeq_epi8(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)), head);
        const __m128i ends = _mm_cmpeq_epi8(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p + distance)), tail);
        for (auto mask = static_cast<unsigned>(_mm_movemask_epi8(_mm_and_si128(begins, ends))); mask != 0; mask &= mask - 1)
            if (std::memcmp(p + std::countr_zero(mask), needle.data(), needle.size()) == 0) return true;
    }
#endif
    for (; p <= last; ++p)
        if (*p == needle.front() && std::memcmp(p, needle.data(), needle.size()) == 0) return true;
    return false;
}

} // namespace switchyard::relay
