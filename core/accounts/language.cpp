#include "accounts/language.h"

#include "base/text.h"

namespace switchyard::accounts
{

Language languageOf(std::string_view acceptLanguage) noexcept
{
    return startsWithIgnoreCase(trim(acceptLanguage), "zh") ? Language::chinese : Language::english;
}

std::string Text::in(Language language, std::initializer_list<std::string_view> arguments) const
{
    std::string_view rest = language == Language::chinese ? chinese : english;
    std::string out;
    for (std::string_view argument : arguments)
    {
        const size_t at = rest.find("{}");
        if (at == std::string_view::npos) break;
        out.append(rest.substr(0, at)).append(argument);
        rest.remove_prefix(at + 2);
    }
    out.append(rest);
    return out;
}

} // namespace switchyard::accounts
