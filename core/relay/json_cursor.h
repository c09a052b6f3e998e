// Walks JSON text once, forward, touching each byte once: for looking into large values that the body's scan has accepted.
// On text that nobody has checked it still ends: what makes no sense ends the walk.
//
//     for (cursor.open(); cursor.more();)        // an array
//     {
//         if (cursor.kind() != '{') ...
//         for (cursor.open(); cursor.more();)    // an object in it
//             if (cursor.name() == "role") role = cursor.skip(); else cursor.skip();
//     }
#pragma once

#include "switchyard/json_text.hpp"
#include "switchyard/json_view.hpp"

#include <string>
#include <string_view>

namespace switchyard::relay
{

class JsonCursor
{
public:
    explicit JsonCursor(std::string_view text) : p_(text.data()), end_(p_ + text.size()) {}

    /// The first byte of the value at hand: `{ [ " t f n -` or a digit; '\0' at the end.
    char kind()
    {
        while (p_ < end_ && (*p_ == ' ' || *p_ == '\n' || *p_ == '\r' || *p_ == '\t'))
            ++p_;
        return p_ < end_ ? *p_ : '\0';
    }

    /// Steps into the array or object at hand.
    void open()
    {
        if (const char c = kind(); c == '{' || c == '[')
            ++p_;
        else
            p_ = end_;
    }

    /// Whether the container has another element or member; steps behind the container when it has not.
    bool more()
    {
        const char c = kind();
        if (c == ']' || c == '}')
        {
            ++p_;
            return false;
        }
        if (c == ',') ++p_;
        return kind() != '\0';
    }

    /// The member's name, with escapes resolved (in a scratch of the cursor's); the value is at hand then.
    std::string_view name()
    {
        const std::string_view quoted = skip();
        if (kind() == ':') ++p_;
        if (quoted.size() < 2) return {};
        const std::string_view inside = quoted.substr(1, quoted.size() - 2);
        if (inside.find('\\') == std::string_view::npos) return inside;
        name_.clear();
        sdk::appendJsonUnescaped(name_, inside);
        return name_;
    }

    /// Steps over the value at hand and returns its text.
    std::string_view skip()
    {
        const char first = kind();
        const char* begin = p_;
        if (first == '"')
            skipString();
        else if (first == '{' || first == '[')
            skipContainer();
        else
        {
            while (p_ < end_ && !endsScalar(*p_))
                ++p_;
            if (p_ == begin) p_ = end_; // a stray byte: the walk is over
        }
        return {begin, static_cast<size_t>(p_ - begin)};
    }

    const char* position() const { return p_; }

private:
    static bool endsScalar(char c)
    {
        return c == ',' || c == ']' || c == '}' || c == ':' || c == ' ' || c == '\n' || c == '\r' || c == '\t';
    }

    void skipString()
    {
        const char* after = sdk::detail::skipString(p_, end_);
        p_ = after ? after : end_;
    }

    void skipContainer()
    {
        for (size_t depth = 0; p_ < end_;)
        {
            const char c = *p_;
            if (c == '"')
            {
                skipString();
                continue;
            }
            ++p_;
            if (c == '{' || c == '[') ++depth;
            if ((c == '}' || c == ']') && --depth == 0) return;
        }
    }

    const char* p_;
    const char* end_;
    std::string name_;
};

/// What the string literal `quoted` says; without a copy where nothing is escaped, else in `scratch`.
inline std::string_view jsonText(std::string_view quoted, std::string& scratch)
{
    if (quoted.size() < 2 || quoted[0] != '"') return {};
    const std::string_view inside = quoted.substr(1, quoted.size() - 2);
    if (inside.find('\\') == std::string_view::npos) return inside;
    scratch.clear();
    sdk::appendJsonUnescaped(scratch, inside);
    return scratch;
}

} // namespace switchyard::relay
