// One API's channel type numbers and our provider ids for them (database.md 6).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace switchyard::app
{

/// What `--type` says: a number, a provider id that has a number, or a provider id of our own.
struct ChannelType
{
    int number = 0;       ///< 0: One API knows no such type
    std::string provider; ///< '' when a number was given: whoever serves the number answers
};

/// Nothing when `text` is neither: provider ids are lower-case letters, digits and '-'.
std::optional<ChannelType> channelTypeOf(std::string_view text);

/// '' for a number that is nobody's.
std::string_view providerIdOf(int number) noexcept;

} // namespace switchyard::app
