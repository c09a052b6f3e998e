// The ratios that the gateway brings along, for those who show or edit them; PriceBook looks them up by itself.
#pragma once

#include "ledger/price/price_book.h"

namespace switchyard::ledger
{

/// By model name, some with a channel type in parentheses.
RatioTable builtInModelRatios();
/// Completion ratios that no rule yields.
RatioTable builtInCompletionRatios();

} // namespace switchyard::ledger
