#include "text.h"

namespace switchyard::demo
{

namespace
{

size_t sizeAt(std::string_view text, size_t i)
{
    const int size = sdk::utf8Sequence(text.substr(i));
    return size > 0 ? static_cast<size_t>(size) : 1;
}

bool isBlank(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }

/// CJK and its punctuation: U+2E80 to U+9FFF, U+FF00 to U+FFEF, by their lead bytes.
bool isCjk(std::string_view text, size_t i)
{
    const unsigned char lead = static_cast<unsigned char>(text[i]);
    return sizeAt(text, i) == 3 &&
           (lead >= 0xE3 || (lead == 0xE2 && static_cast<unsigned char>(text[i + 1]) >= 0xBA)) && lead != 0xEE;
}

} // namespace

bool isChinese(std::string_view text)
{
    for (size_t i = 0; i < text.size(); i += sizeAt(text, i))
        if (sizeAt(text, i) == 3 && static_cast<unsigned char>(text[i]) >= 0xE4 &&
            static_cast<unsigned char>(text[i]) <= 0xE9)
            return true;
    return false;
}

std::string shortened(std::string_view text, size_t most)
{
    std::string out;
    size_t points = 0;
    for (size_t i = 0; i < text.size();)
    {
        const size_t size = sizeAt(text, i);
        if (points++ == most) return out + "…";
        if (isBlank(text[i]))
            out += out.empty() || out.back() == ' ' ? "" : " ";
        else
            out.append(text, i, size);
        i += size;
    }
    return out;
}

std::vector<std::string_view> wordsOf(std::string_view text)
{
    std::vector<std::string_view> words;
    size_t begin = 0;
    bool inWord = false; // something other than blanks has come since `begin`
    for (size_t i = 0; i < text.size();)
    {
        const size_t size = sizeAt(text, i);
        const bool blank = isBlank(text[i]);
        if (i > begin && inWord && (blank || isCjk(text, i)))
        {
            words.push_back(text.substr(begin, i - begin));
            begin = i;
            inWord = false;
        }
        inWord = inWord || !blank;
        i += size;
    }
    if (begin < text.size()) words.push_back(text.substr(begin));
    return words;
}

} // namespace switchyard::demo
