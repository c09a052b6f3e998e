#include "ledger/journal/column_text.h"

#include <cstdint>
#include <cstring>

namespace switchyard::ledger
{

namespace
{

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

// All ASCII and no NUL: nearly every text, eight bytes at a time.
bool plain(std::string_view text) noexcept
{
    constexpr uint64_t kHigh = 0x8080808080808080u;
    constexpr uint64_t kOnes = 0x0101010101010101u;
    size_t at = 0;
    for (; at + 8 <= text.size(); at += 8)
    {
        uint64_t word;
        std::memcpy(&word, text.data() + at, 8);
        if ((word & kHigh) != 0 || ((word - kOnes) & ~word & kHigh) != 0) return false;
    }
    for (; at < text.size(); ++at)
        if (text[at] <= 0) return false;
    return true;
}

// Length of the well-formed sequence at `text`, 0 if there is none (RFC 3629).
size_t sequenceLength(std::string_view text) noexcept
{
    const auto byte = [&](size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
    const auto within = [&](size_t i, unsigned low, unsigned high) { return byte(i) >= low && byte(i) <= high; };
    const unsigned lead = byte(0);
    if (lead < 0x80) return 1;
    if (lead >= 0xC2 && lead <= 0xDF) return within(1, 0x80, 0xBF) ? 2 : 0;
    if (lead >= 0xE0 && lead <= 0xEF)
        return within(1, lead == 0xE0 ? 0xA0 : 0x80, lead == 0xED ? 0x9F : 0xBF) && within(2, 0x80, 0xBF) ? 3 : 0;
    if (lead >= 0xF0 && lead <= 0xF4)
        return within(1, lead == 0xF0 ? 0x90 : 0x80, lead == 0xF4 ? 0x8F : 0xBF) && within(2, 0x80, 0xBF) &&
                       within(3, 0x80, 0xBF)
                   ? 4
                   : 0;
    return 0;
}

} // namespace

void appendColumnText(std::string& out, std::string_view text, size_t mostCharacters)
{
    if (text.size() <= mostCharacters && plain(text))
    {
        out.append(text);
        return;
    }
    for (size_t characters = 0; !text.empty() && characters < mostCharacters;)
    {
        const size_t length = sequenceLength(text);
        if (length == 0)
        {
            out.append(kReplacement);
            text.remove_prefix(1);
            ++characters;
            continue;
        }
        if (text.front() != '\0')
        {
            out.append(text.substr(0, length));
            ++characters;
        }
        text.remove_prefix(length);
    }
}

} // namespace switchyard::ledger
