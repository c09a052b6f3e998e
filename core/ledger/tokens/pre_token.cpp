#include "ledger/tokens/pre_token.h"

#include "ledger/tokens/unicode_class.h"

namespace switchyard::ledger
{

namespace
{

/// Reads characters and remembers whether an answer depended on where the text ends.
class Cursor
{
public:
    explicit Cursor(std::string_view text) noexcept : text_(text) {}

    TextChar at(size_t position) noexcept
    {
        const TextChar c = charAt(text_, position);
        touchedEnd_ |= c.cut;
        return c;
    }
    /// The byte at `position` as an ASCII letter in lower case; 0 at the end.
    char lowerAt(size_t position) noexcept
    {
        const char c = byteAt(position);
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    }
    char byteAt(size_t position) noexcept
    {
        if (position < text_.size()) return text_[position];
        touchedEnd_ = true;
        return 0;
    }
    /// Where the run of characters that `belongs` accepts ends.
    template <class Belongs>
    size_t skip(size_t position, Belongs belongs) noexcept
    {
        for (TextChar c = at(position); belongs(c.kind); c = at(position))
            position += c.length;
        return position;
    }
    bool touchedEnd() const noexcept { return touchedEnd_; }

private:
    std::string_view text_;
    bool touchedEnd_ = false;
};

constexpr bool isPunctuation(CharClass c) noexcept { return c == CharClass::other || c == CharClass::mark; }
constexpr bool isUpperLike(CharClass c) noexcept
{
    return c == CharClass::upper || c == CharClass::caseless || c == CharClass::mark;
}
constexpr bool isLowerLike(CharClass c) noexcept
{
    return c == CharClass::lower || c == CharClass::caseless || c == CharClass::mark;
}

/// End of 's 't 're 've 'm 'll 'd at `position`, or `position`. The long s (U+017F) is an s when case does not count.
size_t skipContraction(Cursor& text, size_t position, bool anyCase) noexcept
{
    if (text.byteAt(position) != '\'') return position;
    const char first = anyCase ? text.lowerAt(position + 1) : text.byteAt(position + 1);
    if (first == 's' || first == 't' || first == 'm' || first == 'd') return position + 2;
    if (anyCase && first == '\xC5' && text.byteAt(position + 2) == '\xBF') return position + 3;
    if (first != 'r' && first != 'v' && first != 'l') return position;
    const char second = anyCase ? text.lowerAt(position + 2) : text.byteAt(position + 2);
    return second == (first == 'l' ? 'l' : 'e') ? position + 3 : position;
}

size_t skipUpToThreeNumbers(Cursor& text, size_t position) noexcept
{
    for (int i = 0; i < 3; ++i)
    {
        const TextChar c = text.at(position);
        if (c.kind != CharClass::number) break;
        position += c.length;
    }
    return position;
}

/// An optional blank, punctuation, and the line ends (and slashes) that follow it; 0: there is no punctuation.
size_t punctuation(Cursor& text, bool lineEnds, bool slashes) noexcept
{
    const size_t start = text.byteAt(0) == ' ' ? 1 : 0;
    size_t end = text.skip(start, isPunctuation);
    if (end == start) return 0;
    if (lineEnds)
        for (char c = text.byteAt(end); c == '\r' || c == '\n' || (slashes && c == '/'); c = text.byteAt(end))
            ++end;
    return end;
}

/// White space: up to its last line end if `byLines` and there is one; else all but the last character, which belongs to
/// what follows, unless it is the only one or nothing follows.
size_t whiteSpace(Cursor& text, bool byLines) noexcept
{
    size_t end = 0, beforeLast = 0, afterLine = 0;
    TextChar c = text.at(0);
    for (; isSpace(c.kind); c = text.at(end))
    {
        beforeLast = end;
        end += c.length;
        if (c.kind == CharClass::newline) afterLine = end;
    }
    if (byLines && afterLine != 0) return afterLine;
    return c.kind == CharClass::end || beforeLast == 0 ? end : beforeLast;
}

size_t afterCl100k(Cursor& text) noexcept
{
    if (const size_t end = skipContraction(text, 0, true)) return end;
    const TextChar first = text.at(0);
    if (isLetter(first.kind)) return text.skip(first.length, isLetter);
    if (first.kind == CharClass::number) return skipUpToThreeNumbers(text, 0);
    if (first.kind != CharClass::newline && isLetter(text.at(first.length).kind))
        return text.skip(first.length, isLetter);
    if (const size_t end = punctuation(text, true, false)) return end;
    return whiteSpace(text, true);
}

/// The two word forms of o200k without their contraction; 0: no word begins here. Both want upper-like letters and then
/// lower-like ones; the first form is content with no upper, the second with no lower. Caseless letters and marks are both,
/// which is why a run without a lower-case letter behind it ends at its last caseless one.
size_t o200kWord(Cursor& text) noexcept
{
    const TextChar first = text.at(0);
    if (first.kind == CharClass::newline || first.kind == CharClass::number) return 0;
    const size_t start = isLetter(first.kind) ? 0 : first.length;
    size_t end = start, afterCaseless = 0;
    TextChar c = text.at(end);
    for (; isUpperLike(c.kind); c = text.at(end))
    {
        end += c.length;
        if (c.kind != CharClass::upper) afterCaseless = end;
    }
    if (c.kind == CharClass::lower) return text.skip(end, isLowerLike);
    if (afterCaseless != 0) return afterCaseless;
    if (first.kind == CharClass::mark) return first.length;
    return end == start ? 0 : end;
}

size_t afterO200k(Cursor& text) noexcept
{
    if (const size_t end = o200kWord(text)) return skipContraction(text, end, true);
    if (const size_t end = skipUpToThreeNumbers(text, 0)) return end;
    if (const size_t end = punctuation(text, true, true)) return end;
    return whiteSpace(text, true);
}

size_t afterR50k(Cursor& text) noexcept
{
    if (const size_t end = skipContraction(text, 0, false)) return end;
    const size_t start = text.byteAt(0) == ' ' ? 1 : 0;
    const CharClass kind = text.at(start).kind;
    if (isLetter(kind)) return text.skip(start, isLetter);
    if (kind == CharClass::number) return text.skip(start, [](CharClass c) { return c == CharClass::number; });
    if (isPunctuation(kind)) return punctuation(text, false, false);
    return whiteSpace(text, false);
}

/// The part of `text` that a pre-token may cover: at most kMaxPreToken, without the beginning of a character at its end.
std::string_view window(std::string_view text) noexcept
{
    if (text.size() <= kMaxPreToken) return text;
    size_t end = kMaxPreToken;
    for (int i = 0; i < 3 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80; ++i)
        --end;
    return text.substr(0, end);
}

} // namespace

PreToken firstPreToken(Encoding encoding, std::string_view text) noexcept
{
    const std::string_view visible = window(text);
    Cursor cursor(visible);
    size_t length = 0;
    switch (encoding)
    {
    case Encoding::cl100k: length = afterCl100k(cursor); break;
    case Encoding::o200k: length = afterO200k(cursor); break;
    case Encoding::p50k:
    case Encoding::r50k: length = afterR50k(cursor); break;
    }
    // A window that is full cannot grow, so what it shows is all that will ever be known of this pre-token.
    return {length, !cursor.touchedEnd() || text.size() > kMaxPreToken};
}

} // namespace switchyard::ledger
