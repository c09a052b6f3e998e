// What a browser sees at the root of the gateway's address.
#pragma once

#include <string_view>

namespace switchyard::edge
{

/// A page that says that the gateway runs and how to use it.
std::string_view welcomePage() noexcept;

} // namespace switchyard::edge
