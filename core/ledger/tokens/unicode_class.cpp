#include "ledger/tokens/unicode_class.h"

namespace switchyard::ledger
{

namespace
{

#include "ledger/tokens/data/unicode_class.inc"

constexpr CharClass tabled(char32_t c) noexcept
{
    const unsigned char two = kPages[kPageOf[c >> 7] * 64 + (c >> 1 & 63)];
    return static_cast<CharClass>(c & 1 ? two >> 4 : two & 15);
}

static_assert([] {
    for (char32_t c = 0; c < 128; ++c)
        if (kAsciiClasses[c] != tabled(c)) return false;
    return true;
}());

constexpr TextChar kIllFormed{CharClass::caseless, 1, false};
constexpr TextChar kCut{CharClass::caseless, 1, true};

} // namespace

CharClass classOf(char32_t codePoint) noexcept
{
    return codePoint < 0x110000 ? tabled(codePoint) : CharClass::other;
}

TextChar wideCharAt(std::string_view text, size_t at) noexcept
{
    const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[at + i]); };
    const unsigned char first = byte(0);
    if (first < 0xC2 || first > 0xF4) return kIllFormed;
    const size_t length = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    const size_t there = text.size() - at;
    char32_t c = first & (0xFF >> (length + 1));
    for (size_t i = 1; i < length; ++i)
    {
        if (i >= there) return kCut;
        if ((byte(i) & 0xC0) != 0x80) return kIllFormed;
        c = c << 6 | (byte(i) & 0x3F);
        // Overlong forms, surrogates and what lies beyond U+10FFFF show in the second byte.
        if (i == 1 && ((first == 0xE0 && c < 0x20) || (first == 0xED && c >= 0x360) || (first == 0xF0 && c < 0x10) ||
                       (first == 0xF4 && c >= 0x110)))
            return kIllFormed;
    }
    return {tabled(c), static_cast<uint8_t>(length), false};
}

} // namespace switchyard::ledger
