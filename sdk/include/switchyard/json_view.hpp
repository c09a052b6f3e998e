// Reading JSON in place: a JsonView is a value inside a text that somebody else holds. Nothing is parsed ahead, nothing
// allocated, nesting costs no stack, and numbers stay text until asked for.
//
//     const JsonView answer(data);
//     const int64_t used = answer["usage"]["prompt_tokens"].integer();
//     for (JsonView choice : answer["choices"].elements()) ...
//
// A value that is not there, or of another kind, or inside malformed text reads as missing. It skips what it is not
// asked for without validating it: use checkJson (json_scan.hpp) where malformed text must be told apart.
#pragma once

#include "json_text.hpp"

#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace switchyard::sdk
{

namespace detail
{

inline const char* skipBlanks(const char* p, const char* end)
{
    while (p < end && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t'))
        ++p;
    return p;
}

/// The first quote or backslash at or after p, or end.
inline const char* findQuote(const char* p, const char* end)
{
#if defined(__SSE2__)
    const __m128i quote = _mm_set1_epi8('"');
    const __m128i backslash = _mm_set1_epi8('\\');
    const auto found = [&](const char* at)
    {
        const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
        return _mm_or_si128(_mm_cmpeq_epi8(bytes, quote), _mm_cmpeq_epi8(bytes, backslash));
    };
    if (end - p >= 16) // most strings are short, some are very long
    {
        if (const int hit = _mm_movemask_epi8(found(p))) return p + __builtin_ctz(static_cast<unsigned>(hit));
        p += 16;
        for (; end - p >= 64; p += 64)
        {
            const __m128i first = _mm_or_si128(found(p), found(p + 16));
            if (_mm_movemask_epi8(_mm_or_si128(first, _mm_or_si128(found(p + 32), found(p + 48)))) != 0) break;
        }
    }
    for (; end - p >= 16; p += 16)
        if (const int hit = _mm_movemask_epi8(found(p))) return p + __builtin_ctz(static_cast<unsigned>(hit));
#endif
    while (p < end && *p != '"' && *p != '\\')
        ++p;
    return p;
}

/// One past the closing quote of the string whose opening quote is at p; nullptr: none.
inline const char* skipString(const char* p, const char* end)
{
    for (++p; (p = findQuote(p, end)) < end; p += 2)
    {
        if (*p == '"') return p + 1;
        if (end - p < 2) return nullptr;
    }
    return nullptr;
}

/// One past the array or object whose bracket is at p; nullptr: it has no end.
inline const char* skipContainer(const char* p, const char* end)
{
    size_t depth = 0;
    bool inString = false;
#if defined(__SSE2__)
    const __m128i quote = _mm_set1_epi8('"');
    const __m128i backslash = _mm_set1_epi8('\\');
    const __m128i caseBit = _mm_set1_epi8(0x20); // makes a brace of a bracket
    const __m128i open = _mm_set1_epi8('{');
    const __m128i close = _mm_set1_epi8('}');
    while (end - p >= 16)
    {
        const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
        const __m128i folded = _mm_or_si128(bytes, caseBit);
        const auto maskOf = [](__m128i hits) { return static_cast<unsigned>(_mm_movemask_epi8(hits)); };
        const unsigned quotes = maskOf(_mm_cmpeq_epi8(bytes, quote));
        const unsigned slashes = maskOf(_mm_cmpeq_epi8(bytes, backslash));
        const unsigned opens = maskOf(_mm_cmpeq_epi8(folded, open));
        const unsigned closes = maskOf(_mm_cmpeq_epi8(folded, close));
        unsigned marks = quotes | slashes | opens | closes;
        if (inString && (quotes | slashes) == 0)
        {
            p = findQuote(p + 16, end);
            continue;
        }
        ptrdiff_t step = 16;
        for (unsigned bit; marks != 0;)
        {
            bit = marks & (0u - marks);
            marks ^= bit;
            if (inString)
            {
                if (quotes & bit)
                    inString = false;
                else if (slashes & bit)
                {
                    marks &= ~(bit << 1);
                    if (bit == 0x8000) step = 17; // what is escaped stands in the next block
                }
            }
            else if (quotes & bit)
                inString = true;
            else if (opens & bit)
                ++depth;
            else if (closes & bit && --depth == 0)
                return p + __builtin_ctz(bit) + 1;
        }
        p += step;
    }
#endif
    for (; p < end; ++p)
    {
        if (inString)
        {
            if (*p == '"')
                inString = false;
            else if (*p == '\\')
                ++p;
        }
        else if (*p == '"')
            inString = true;
        else if (*p == '{' || *p == '[')
            ++depth;
        else if ((*p == '}' || *p == ']') && --depth == 0)
            return p + 1;
    }
    return nullptr;
}

/// One past the value that begins at p; nullptr: it has no end.
inline const char* skipValue(const char* p, const char* end)
{
    if (p >= end) return nullptr;
    if (*p == '"') return skipString(p, end);
    if (*p != '{' && *p != '[')
    {
        const char* begin = p;
        while (p < end && *p != ',' && *p != '}' && *p != ']' && *p != ' ' && *p != '\n' && *p != '\r' && *p != '\t')
            ++p;
        return p == begin ? nullptr : p;
    }
    return skipContainer(p, end);
}

} // namespace detail

struct JsonMember;
class JsonElements;
class JsonMembers;

/// A value inside a JSON text, or a missing one.
class JsonView
{
public:
    JsonView() = default;
    /// The first value of `text`.
    explicit JsonView(std::string_view text)
    {
        const char* end = text.data() + text.size();
        const char* begin = detail::skipBlanks(text.data(), end);
        if (const char* after = detail::skipValue(begin, end)) json_ = {begin, static_cast<size_t>(after - begin)};
    }

    /// `value` is exactly one value, as json() or the gateway's own scan gives it: nothing is looked at.
    static JsonView exactly(std::string_view value)
    {
        JsonView view;
        view.json_ = value;
        return view;
    }

    explicit operator bool() const { return !json_.empty(); }
    bool isObject() const { return first() == '{'; }
    bool isArray() const { return first() == '['; }
    bool isString() const { return first() == '"'; }
    bool isNull() const { return json_ == "null"; }
    bool isTrue() const { return json_ == "true"; }
    bool isNumber() const { return first() == '-' || (first() >= '0' && first() <= '9'); }

    /// The value's own text: for passing it on unchanged.
    std::string_view json() const { return json_; }

    /// The first member of that name; missing if there is none.
    JsonView operator[](std::string_view name) const;
    JsonView operator[](const char* name) const { return (*this)[std::string_view(name)]; }
    /// The i-th element.
    JsonView at(size_t index) const;

    JsonElements elements() const;
    JsonMembers members() const;

    /// A string's content; empty for anything else.
    std::string text() const
    {
        std::string out;
        if (isString()) appendJsonUnescaped(out, inside());
        return out;
    }

    /// As text(), without a copy where nothing is escaped; else in `scratch`.
    std::string_view text(std::string& scratch) const
    {
        if (!isString()) return {};
        if (inside().find('\\') == std::string_view::npos) return inside();
        scratch.clear();
        appendJsonUnescaped(scratch, inside());
        return scratch;
    }

    /// Whether it is a string that says `expected`.
    bool is(std::string_view expected) const
    {
        if (!isString()) return false;
        return inside().find('\\') == std::string_view::npos ? inside() == expected : text() == expected;
    }

    /// A whole number (also one written 12.0 or 1e3) within int64, else `otherwise`.
    int64_t integer(int64_t otherwise = 0) const
    {
        int64_t value = 0;
        const auto [end, error] = std::from_chars(json_.data(), json_.data() + json_.size(), value);
        if (error == std::errc() && end == json_.data() + json_.size()) return value;
        const double wide = number(0.5);
        return wide >= -9007199254740992.0 && wide <= 9007199254740992.0 &&
                       wide == static_cast<double>(static_cast<int64_t>(wide))
                   ? static_cast<int64_t>(wide)
                   : otherwise;
    }

    double number(double otherwise = 0) const
    {
        double value = 0;
        if (!isNumber()) return otherwise;
        const auto [end, error] = std::from_chars(json_.data(), json_.data() + json_.size(), value);
        return error == std::errc() && end == json_.data() + json_.size() ? value : otherwise;
    }

    /// What a string has between its quotes, escapes as they are.
    std::string_view inside() const { return isString() ? json_.substr(1, json_.size() - 2) : std::string_view(); }

private:
    char first() const { return json_.empty() ? '\0' : json_[0]; }

    std::string_view json_;
};

/// A member of an object.
struct JsonMember
{
    std::string_view name; ///< as it is written, between the quotes
    JsonView value;

    bool nameIs(std::string_view expected) const
    {
        if (name.find('\\') == std::string_view::npos) return name == expected;
        std::string plain;
        appendJsonUnescaped(plain, name);
        return plain == expected;
    }
};

namespace detail
{

/// Walks over an array or an object; ends early where the text is malformed.
template <class Item>
class JsonWalk
{
public:
    JsonWalk() = default;
    explicit JsonWalk(std::string_view container) : p_(container.data() + 1), end_(container.data() + container.size())
    {
        step(true);
    }

    const Item& operator*() const { return item_; }
    const Item* operator->() const { return &item_; }
    JsonWalk& operator++()
    {
        step(false);
        return *this;
    }
    bool operator!=(const JsonWalk& other) const { return p_ != other.p_; }

private:
    void step(bool first)
    {
        p_ = skipBlanks(p_, end_);
        if (!first)
        {
            if (p_ >= end_ || *p_ != ',') return stop();
            p_ = skipBlanks(p_ + 1, end_);
        }
        if (p_ >= end_ || *p_ == ']' || *p_ == '}') return stop();
        if (!read(item_)) stop();
    }

    bool read(JsonView& element)
    {
        const char* begin = p_;
        const char* after = skipValue(p_, end_);
        if (!after) return false;
        element = JsonView::exactly({begin, static_cast<size_t>(after - begin)});
        p_ = after;
        return true;
    }

    bool read(JsonMember& member)
    {
        const char* name = p_;
        if (*name != '"' || !(p_ = skipString(name, end_))) return false;
        member.name = {name + 1, static_cast<size_t>(p_ - name - 2)};
        p_ = skipBlanks(p_, end_);
        if (p_ >= end_ || *p_ != ':') return false;
        p_ = skipBlanks(p_ + 1, end_);
        return read(member.value);
    }

    void stop() { p_ = end_ = nullptr; }

    const char* p_ = nullptr;
    const char* end_ = nullptr;
    Item item_;
};

} // namespace detail

class JsonElements
{
public:
    explicit JsonElements(std::string_view array) : array_(array) {}
    detail::JsonWalk<JsonView> begin() const { return array_.empty() ? end() : detail::JsonWalk<JsonView>(array_); }
    detail::JsonWalk<JsonView> end() const { return {}; }

private:
    std::string_view array_;
};

class JsonMembers
{
public:
    explicit JsonMembers(std::string_view object) : object_(object) {}
    detail::JsonWalk<JsonMember> begin() const
    {
        return object_.empty() ? end() : detail::JsonWalk<JsonMember>(object_);
    }
    detail::JsonWalk<JsonMember> end() const { return {}; }

private:
    std::string_view object_;
};

inline JsonElements JsonView::elements() const { return JsonElements(isArray() ? json_ : std::string_view()); }
inline JsonMembers JsonView::members() const { return JsonMembers(isObject() ? json_ : std::string_view()); }

inline JsonView JsonView::operator[](std::string_view name) const
{
    for (const JsonMember& member : members())
        if (member.nameIs(name)) return member.value;
    return {};
}

inline JsonView JsonView::at(size_t index) const
{
    for (const JsonView& element : elements())
        if (index-- == 0) return element;
    return {};
}

} // namespace switchyard::sdk
