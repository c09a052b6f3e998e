// JSON strings: escaping and its reverse (RFC 8259, 7).
#pragma once

#include "utf8.hpp"

#include <string>
#include <string_view>

namespace switchyard::sdk
{

/// Appends `text` with its specials escaped, without quotes. Bytes that are no UTF-8 become U+FFFD.
template <class Out>
void appendJsonEscaped(Out& out, std::string_view text)
{
    static constexpr char hex[] = "0123456789abcdef";
    size_t plain = 0; // start of what needs no change
    for (size_t i = 0; i < text.size();)
    {
        const unsigned char c = static_cast<unsigned char>(text[i]);
        if (c >= 0x20 && c < 0x80 && c != '"' && c != '\\')
        {
            ++i;
            continue;
        }
        const int size = c < 0x80 ? 1 : utf8Sequence(text.substr(i));
        if (size > 1)
        {
            i += static_cast<size_t>(size);
            continue;
        }
        out.append(text.data() + plain, i - plain);
        const char* shorthand = c == '"'    ? "\\\""
                                : c == '\\' ? "\\\\"
                                : c == '\n' ? "\\n"
                                : c == '\r' ? "\\r"
                                : c == '\t' ? "\\t"
                                            : nullptr;
        if (size <= 0)
            out.append("\xEF\xBF\xBD", 3);
        else if (shorthand)
            out.append(shorthand, 2);
        else
        {
            const char code[] = {'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]};
            out.append(code, sizeof code);
        }
        plain = ++i;
    }
    if (plain < text.size()) out.append(text.data() + plain, text.size() - plain);
}

/// Appends `text` as a JSON string with its quotes.
template <class Out>
void appendJsonString(Out& out, std::string_view text)
{
    out.append("\"", 1);
    appendJsonEscaped(out, text);
    out.append("\"", 1);
}

inline std::string jsonString(std::string_view text)
{
    std::string out;
    out.reserve(text.size() + 2);
    appendJsonString(out, text);
    return out;
}

namespace detail
{

inline bool hexQuad(std::string_view text, unsigned& code)
{
    if (text.size() < 4) return false;
    code = 0;
    for (size_t i = 0; i < 4; ++i)
    {
        const char c = text[i];
        const int digit = c >= '0' && c <= '9'   ? c - '0'
                          : c >= 'a' && c <= 'f' ? c - 'a' + 10
                          : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                                 : -1;
        if (digit < 0) return false;
        code = code * 16 + static_cast<unsigned>(digit);
    }
    return true;
}

} // namespace detail

/// Appends what the inside of a JSON string (without its quotes) says. A half surrogate pair becomes U+FFFD, a bad
/// escape its letter.
inline void appendJsonUnescaped(std::string& out, std::string_view inside)
{
    for (size_t i = 0; i < inside.size();)
    {
        const size_t slash = inside.find('\\', i);
        out.append(inside.data() + i, (slash == std::string_view::npos ? inside.size() : slash) - i);
        if (slash == std::string_view::npos || slash + 1 == inside.size()) return;
        const char c = inside[slash + 1];
        i = slash + 2;
        unsigned code = 0;
        switch (c)
        {
        case 'n':
            out += '\n';
            break;
        case 'r':
            out += '\r';
            break;
        case 't':
            out += '\t';
            break;
        case 'b':
            out += '\b';
            break;
        case 'f':
            out += '\f';
            break;
        case 'u':
            if (!detail::hexQuad(inside.substr(i), code))
            {
                out += c;
                break;
            }
            i += 4;
            if (code >= 0xD800 && code < 0xDC00)
            {
                unsigned low = 0;
                if (inside.substr(i, 2) == "\\u" && detail::hexQuad(inside.substr(i + 2), low) && low >= 0xDC00 &&
                    low < 0xE000)
                {
                    code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
                    i += 6;
                }
            }
            appendUtf8(out, code >= 0xD800 && code < 0xE000 ? 0xFFFD : code);
            break;
        default:
            out += c;
        }
    }
}

} // namespace switchyard::sdk
