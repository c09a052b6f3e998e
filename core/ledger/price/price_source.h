// Makes a PriceBook of the options that an administrator, or another program, has stored.
#pragma once

#include "ledger/price/price_book.h"

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace switchyard::store
{
class Options;
}

namespace switchyard::ledger
{

using PriceBookPtr = std::shared_ptr<const PriceBook>;

/// Told about each option or entry that cannot be a ratio: (option, what is wrong).
using PriceWarning = std::function<void(std::string_view, const std::string&)>;

/// The prices of ModelRatio, CompletionRatio, GroupRatio and UnknownModelRatio (a number, or `refuse`). An entry that is no
/// valid ratio leaves its model unpriced; an option that is no JSON object at all leaves the built-in prices.
PriceBookPtr priceBookOf(const store::Options& options, const PriceWarning& warn);

} // namespace switchyard::ledger
