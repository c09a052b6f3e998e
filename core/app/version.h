// The version of this build.
#pragma once

#include <string_view>

namespace switchyard::app
{

inline constexpr std::string_view kVersion = SWITCHYARD_VERSION;

} // namespace switchyard::app
