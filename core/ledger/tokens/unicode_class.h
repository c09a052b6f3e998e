// Code points of UTF-8 text and their classes, as far as the splitting rules of the encodings tell them apart.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace switchyard::ledger
{

enum class CharClass : uint8_t
{
    other,    ///< punctuation, symbols, control characters, unassigned
    upper,    ///< Lu, Lt
    lower,    ///< Ll
    caseless, ///< Lm, Lo
    mark,     ///< M: part of words for o200k, punctuation for the others
    number,   ///< N
    space,    ///< White_Space but CR and LF
    newline,  ///< CR, LF
    end       ///< there is no character
};

constexpr bool isLetter(CharClass c) noexcept { return c >= CharClass::upper && c <= CharClass::caseless; }
constexpr bool isSpace(CharClass c) noexcept { return c == CharClass::space || c == CharClass::newline; }

CharClass classOf(char32_t codePoint) noexcept;

struct TextChar
{
    CharClass kind = CharClass::end;
    uint8_t length = 0; ///< in bytes; 0 at the end
    bool cut = false;   ///< the text ends inside this character, or before it
};

/// The classes of ASCII.
inline constexpr std::array<CharClass, 128> kAsciiClasses = [] {
    std::array<CharClass, 128> classes{};
    for (size_t c = 0; c < classes.size(); ++c)
        classes[c] = c >= 'A' && c <= 'Z'                ? CharClass::upper
                     : c >= 'a' && c <= 'z'              ? CharClass::lower
                     : c >= '0' && c <= '9'              ? CharClass::number
                     : c == '\r' || c == '\n'            ? CharClass::newline
                     : c == ' ' || (c >= 9 && c <= 12)   ? CharClass::space
                                                         : CharClass::other;
    return classes;
}();

TextChar wideCharAt(std::string_view text, size_t at) noexcept;

/// The character at `at`. A byte that is no UTF-8 is a character of its own, of class caseless: it stays in the word it
/// stands in, so that a text cut within a character counts as its bytes do.
inline TextChar charAt(std::string_view text, size_t at) noexcept
{
    if (at >= text.size()) return {CharClass::end, 0, true};
    const auto first = static_cast<unsigned char>(text[at]);
    return first < 0x80 ? TextChar{kAsciiClasses[first], 1, false} : wideCharAt(text, at);
}

} // namespace switchyard::ledger
