// Patterns for LIKE.
#pragma once

#include <string>
#include <string_view>

namespace switchyard::store
{

/// A pattern for what begins with `text`, literally; the statement says ESCAPE '!', which every backend takes alike.
inline std::string likePrefix(std::string_view text)
{
    std::string pattern;
    for (const char c : text)
    {
        if (c == '%' || c == '_' || c == '!') pattern += '!';
        pattern += c;
    }
    return pattern + '%';
}

} // namespace switchyard::store
