// Which values an option may have.
#pragma once

#include "store/options.h"

#include <string>
#include <string_view>

namespace switchyard::management
{

/// Throws Refusal that names the option and says what is wrong with `value`; `options` are the values in force, on which
/// some switches depend. A key that nobody knows may have any value.
void checkOption(std::string_view key, const std::string& value, const store::Options& options);

} // namespace switchyard::management
