// Which ratios a model and a group have: the options, the built-in tables and the rules behind them (billing.md 2).
#pragma once

#include "base/result.h"
#include "ledger/price/charge.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace switchyard::ledger
{

using RatioTable = std::map<std::string, double, std::less<>>;

/// Reads an option's value, a flat JSON object of ratios; the error says which entry is wrong and why. For storing: refuse.
Result<RatioTable, std::string> readRatios(std::string_view json);

/// A ratio and where it came from (`option`, `built-in`, `rule`, `default`): goes into the row's detail (ledger.md 9).
struct FoundRatio
{
    double ratio;
    std::string_view source;
};

/// The prices at one moment; immutable, any thread. A request keeps the ratios that it found at its hold.
class PriceBook
{
public:
    struct Options
    {
        RatioTable model, completion, group;
        std::optional<double> unknownModel = 30; ///< none: models without a price are not served
    };
    explicit PriceBook(Options options) : options_(std::move(options)) {}

    /// No value: the model is unpriced. An entry of the options that is no valid ratio makes it so, too: what was stored by
    /// others is never read as free.
    std::optional<FoundRatio> model(std::string_view name, int channelType) const;
    std::optional<FoundRatio> completion(std::string_view name, int channelType) const;
    /// 1 for a group that is not listed (source `default`).
    std::optional<FoundRatio> group(std::string_view name) const;
    /// All three; no value if one has none.
    std::optional<Price> price(std::string_view modelName, int channelType, std::string_view groupName) const;

private:
    Options options_;
};

enum class ImageFault
{
    size,  ///< the model does not make this size
    count, ///< fewer than 1 or more than 10
    price  ///< bad ratio, or a charge above kMostCharge
};

/// Points for `count` pictures: trunc(ratio x size x quality x 1000) x count (billing.md 4).
Result<int64_t, ImageFault> imageCharge(std::string_view model, std::string_view size, bool highDefinition, int64_t count,
                                        double modelRatio, double groupRatio) noexcept;

} // namespace switchyard::ledger
