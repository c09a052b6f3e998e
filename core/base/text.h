// Small text helpers that the standard library lacks. All are pure and may be called from any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace switchyard
{

/// ASCII only, independent of the locale.
constexpr char lowerAscii(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }
std::string lowerAscii(std::string_view text);
bool equalsIgnoreCase(std::string_view a, std::string_view b) noexcept;
bool startsWithIgnoreCase(std::string_view text, std::string_view prefix) noexcept;

/// Removes blanks and tabs (and CR, LF) at both ends.
std::string_view trim(std::string_view text) noexcept;

/// Splits at `separator`; neither trims nor drops empty parts. An empty text has no parts.
std::vector<std::string_view> split(std::string_view text, char separator);

/// A whole decimal number and nothing else; no sign unless T is signed, no blanks, no overflow.
std::optional<int64_t> parseInt(std::string_view text) noexcept;

/// `text` as a JSON string literal with its quotes; bytes that are no UTF-8 become U+FFFD.
std::string jsonQuoted(std::string_view text);
/// Appends what jsonQuoted yields.
void appendJsonQuoted(std::string& out, std::string_view text);

/// `%2F` becomes `/`; what is no escape stays as it is.
std::string percentDecoded(std::string_view text);

std::string hexLower(std::string_view bytes);

} // namespace switchyard
