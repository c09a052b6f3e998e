// The name of a log field, and whether what it names may be shown.
#pragma once

#include "base/text.h"

#include <string_view>

namespace switchyard::telemetry
{

/// Whether a field of this name holds a secret: key, password, secret, authorization, cookie, credential, and names
/// that end in `_key`, `_token`, `-password` and the like.
constexpr bool namesSecret(std::string_view fieldName) noexcept
{
    constexpr std::string_view kNames[] = {"key", "password", "secret", "authorization", "cookie", "credential"};
    constexpr std::string_view kEndings[] = {"_key", "-key", "_token", "-token",
                                             "_password", "-password", "_secret", "-secret"};
    const auto endsWith = [&](std::string_view ending) {
        if (fieldName.size() < ending.size()) return false;
        const std::string_view tail = fieldName.substr(fieldName.size() - ending.size());
        for (size_t i = 0; i < ending.size(); ++i)
            if (lowerAscii(tail[i]) != ending[i]) return false;
        return true;
    };
    for (std::string_view secret : kNames)
        if (fieldName.size() == secret.size() && endsWith(secret)) return true;
    for (std::string_view ending : kEndings)
        if (fieldName.size() > ending.size() && endsWith(ending)) return true;
    return false;
}

/// A literal, looked at when the program is compiled: no line of the log pays for it.
struct FieldName
{
    template <size_t N>
    consteval FieldName(const char (&literal)[N]) : text(literal, N - 1), secret(namesSecret(text))
    {
    }
    std::string_view text;
    bool secret;
};

} // namespace switchyard::telemetry
