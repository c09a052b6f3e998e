#include "telemetry/redact.h"

#include "base/text.h"

namespace switchyard::telemetry
{

namespace
{

constexpr size_t kShortestKey = 16; // words of a sentence that begin with "sk-" are shorter

bool keyCharacter(char c) noexcept
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_' ||
           c == '.' || c == '~' || c == '+' || c == '/' || c == '=';
}

// Masks the run of key characters after each `mark` if the run has at least `shortest`.
void maskAfter(std::string& text, std::string_view mark, size_t shortest)
{
    size_t from = 0;
    while ((from = text.find(mark, from)) != std::string::npos)
    {
        const size_t begin = from + mark.size();
        size_t end = begin;
        while (end < text.size() && keyCharacter(text[end]))
            ++end;
        if (end - begin >= shortest) text.replace(begin, end - begin, "***");
        from = begin;
    }
}

} // namespace

bool namesSecret(std::string_view fieldName) noexcept
{
    // Asked for every field of every line: nearly all names are settled by their last three letters.
    if (fieldName.size() < 3) return false;
    const auto three = [](std::string_view t) {
        return static_cast<unsigned>(lowerAscii(t[0])) << 16 | static_cast<unsigned>(lowerAscii(t[1])) << 8 |
               static_cast<unsigned>(lowerAscii(t[2]));
    };
    const auto constant = [](const char (&t)[4]) constexpr {
        return static_cast<unsigned>(t[0]) << 16 | static_cast<unsigned>(t[1]) << 8 | static_cast<unsigned>(t[2]);
    };
    switch (three(fieldName.substr(fieldName.size() - 3)))
    {
    case constant("key"):
    case constant("ord"):
    case constant("ret"):
    case constant("ion"):
    case constant("kie"):
    case constant("ial"):
    case constant("ken"): break;
    default: return false;
    }
    static constexpr std::string_view kNames[] = {"key", "password", "secret", "authorization", "cookie", "credential"};
    static constexpr std::string_view kEndings[] = {"_key", "-key", "_token", "-token",
                                                    "_password", "-password", "_secret", "-secret"};
    for (std::string_view secret : kNames)
        if (equalsIgnoreCase(fieldName, secret)) return true;
    for (std::string_view ending : kEndings)
        if (fieldName.size() > ending.size() &&
            equalsIgnoreCase(fieldName.substr(fieldName.size() - ending.size()), ending))
            return true;
    return false;
}

bool mayHoldSecret(std::string_view text) noexcept
{
    return text.find("sk-") != std::string_view::npos || text.find("Bearer ") != std::string_view::npos;
}

void redact(std::string& text)
{
    maskAfter(text, "sk-", kShortestKey);
    maskAfter(text, "Bearer ", 1);
}

} // namespace switchyard::telemetry
