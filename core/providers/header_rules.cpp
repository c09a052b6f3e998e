#include "providers/header_rules.h"

#include "base/text.h"

#include <array>

namespace switchyard::providers
{

namespace
{

constexpr std::array<bool, 256> tokenCharacters()
{
    std::array<bool, 256> is{};
    for (unsigned char c = '0'; c <= '9'; ++c)
        is[c] = true;
    for (unsigned char c = 'a'; c <= 'z'; ++c)
        is[c] = true;
    for (unsigned char c = 'A'; c <= 'Z'; ++c)
        is[c] = true;
    for (const char c : std::string_view("!#$%&'*+-.^_`|~"))
        is[static_cast<unsigned char>(c)] = true;
    return is;
}

constexpr std::array<bool, 256> kTokenCharacter = tokenCharacters();

} // namespace

bool isToken(std::string_view text) noexcept
{
    if (text.empty()) return false;
    for (const char c : text)
        if (!kTokenCharacter[static_cast<unsigned char>(c)]) return false;
    return true;
}

bool isFieldValue(std::string_view text) noexcept
{
    bool bad = false;
    for (const char c : text)
        bad |= (c == '\r') | (c == '\n') | (c == '\0');
    return !bad;
}

bool hostWritesInRequest(std::string_view name) noexcept
{
    switch (name.size())
    {
    case 4:
        return equalsIgnoreCase(name, "host");
    case 10:
        return equalsIgnoreCase(name, "connection");
    case 14:
        return equalsIgnoreCase(name, "content-length");
    case 15:
        return equalsIgnoreCase(name, "accept-encoding");
    case 17:
        return equalsIgnoreCase(name, "transfer-encoding");
    default:
        return false;
    }
}

bool hostWritesInAnswer(std::string_view name) noexcept
{
    return name.size() != 4 && name.size() != 15 && hostWritesInRequest(name);
}

} // namespace switchyard::providers
