// Points as people read them.
#pragma once

#include "management/api.h"
#include "store/options.h"

#include <cstdint>
#include <string>

namespace switchyard::management
{

/// `$0.020000` or `10000 points`, as the option DisplayInCurrencyEnabled says.
std::string amountText(int64_t points, const store::Options& options, Language language);

} // namespace switchyard::management
