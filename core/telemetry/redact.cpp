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

bool mayHoldSecret(std::string_view text) noexcept
{
    constexpr size_t kShortest = 8; // "Bearer x"; nearly all values are shorter than a key
    if (text.size() < kShortest) return false;
    if (text.size() >= kShortestKey + 3 && text.find("sk-") != std::string_view::npos) return true;
    return text.find("Bearer ") != std::string_view::npos;
}

void redact(std::string& text)
{
    maskAfter(text, "sk-", kShortestKey);
    maskAfter(text, "Bearer ", 1);
}

} // namespace switchyard::telemetry
