// The two languages of messages that the gateway itself writes.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace switchyard::accounts
{

enum class Language
{
    english,
    chinese
};

/// Chinese when the header Accept-Language starts with `zh`, else English (config.md 4).
Language languageOf(std::string_view acceptLanguage) noexcept;

/// One message in both languages. `{}` stands for an argument, in the order of the call.
struct Text
{
    std::string_view english;
    std::string_view chinese;

    std::string in(Language language, std::initializer_list<std::string_view> arguments = {}) const;
};

} // namespace switchyard::accounts
