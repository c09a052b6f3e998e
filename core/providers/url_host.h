// The host of a URL, for the rule that keyed requests stay with the channel's hosts.
#pragma once

#include <string_view>

namespace switchyard::providers
{

/// Between `//` and the port or path, without brackets of an IPv6 literal, in the case it was written; empty when there
/// is none. A URL with a user name has no host here: net::Url refuses those, and a rule about keys must not be fooled
/// by one.
std::string_view hostOf(std::string_view url) noexcept;

} // namespace switchyard::providers
