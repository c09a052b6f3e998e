#include "ledger/holds/bound.h"

#include <algorithm>
#include <cmath>

namespace switchyard::ledger
{

namespace
{

constexpr double kAudioTokensPerSecond = 200.0 / 60;
constexpr double kAudioBytesPerSecond = 1000;

int64_t counted(double tokens) noexcept
{
    return tokens >= static_cast<double>(kMostTokens) ? kMostTokens : static_cast<int64_t>(std::ceil(tokens));
}

/// At the dearest price, and of each price at its dearest kind of token: nobody knows yet what will be written to a cache,
/// heard or thought.
std::optional<int64_t> dearest(std::span<const Price> prices, int64_t prompt, int64_t output) noexcept
{
    TokenUsage usage;
    usage.prompt = usage.cacheWrite = prompt;
    usage.completion = usage.reasoning = output;
    int64_t most = 0;
    for (Price price : prices)
    {
        price.cacheWrite = std::max({1.0, price.cached, price.cacheWrite, price.audioInput});
        price.reasoning = std::max({1.0, price.reasoning, price.audioOutput});
        const auto points = charge(usage, price);
        if (!points) return std::nullopt;
        most = std::max(most, *points);
    }
    return most;
}

/// Most output up to `most` that `amount` pays after `prompt`; -1: it does not even pay the prompt.
int64_t outputFor(std::span<const Price> prices, int64_t prompt, int64_t most, int64_t amount) noexcept
{
    const auto pays = [&](int64_t output) {
        const auto points = dearest(prices, prompt, output);
        return points && *points <= amount;
    };
    if (!pays(0)) return -1;
    int64_t low = 0, high = most;
    while (low < high)
    {
        const int64_t middle = low + (high - low + 1) / 2;
        if (pays(middle))
            low = middle;
        else
            high = middle - 1;
    }
    return low;
}

} // namespace

HoldBound holdBound(const BoundRequest& request, const BoundOptions& options) noexcept
{
    HoldBound bound;
    bound.promptCount = std::clamp<int64_t>(request.prompt, 0, kMostTokens);
    bound.prompt = bound.promptCount;
    bound.choices = std::clamp<int64_t>(request.choices, 1, kMostTokens);
    if (request.work == Work::speech || request.work == Work::transcription) return bound; // exact
    bound.prompt = std::min(kMostTokens, bound.promptCount + std::clamp<int64_t>(options.promptMargin, 0, kMostTokens));
    if (request.work == Work::inputOnly) return bound;

    const int64_t cap = std::clamp<int64_t>(options.outputCap, 1, kMostTokens);
    int64_t each = request.model.maxOutput;
    const bool limited = request.limit && *request.limit > 0; // One API reads 0 as none
    if (limited)
        each = request.model.known ? std::min(*request.limit, each) : *request.limit;
    else if (request.stream && !request.thinksUnseen)
        each = std::min(each, kStreamStart);
    each = std::clamp<int64_t>(each, 1, kMostTokens);
    const bool over = each > cap / bound.choices; // as each * choices > cap, without overflow
    bound.output = over ? cap : each * bound.choices;
    bound.leastOutput = std::min(bound.output, kLeastOutput > cap / bound.choices ? cap : kLeastOutput * bound.choices);
    // A stream that may grow beyond what was held is paid for as it grows: without a limit, or with one above the cap.
    bound.extensible = request.stream && !request.thinksUnseen && (!limited || over);
    bound.lowerable = true;
    return bound;
}

int64_t audioTokens(std::optional<double> seconds, int64_t bytes) noexcept
{
    const double length = seconds && std::isfinite(*seconds) && *seconds >= 0
                              ? *seconds
                              : static_cast<double>(std::max<int64_t>(bytes, 0)) / kAudioBytesPerSecond;
    return counted(length * kAudioTokensPerSecond);
}

std::optional<HoldSize> holdSize(const HoldBound& bound, std::span<const Price> prices) noexcept
{
    const auto amount = dearest(prices, bound.prompt, bound.output);
    if (!amount) return std::nullopt;
    if (!bound.lowerable) return HoldSize{*amount, *amount};
    const auto least = dearest(prices, bound.promptCount, bound.leastOutput);
    if (!least) return std::nullopt;
    return HoldSize{*amount, std::min(*least, *amount)};
}

int64_t outputWithin(const HoldBound& bound, std::span<const Price> prices, int64_t amount) noexcept
{
    // The margin is kept as long as that leaves something worth sending.
    const int64_t careful = outputFor(prices, bound.prompt, bound.output, amount);
    if (careful >= bound.leastOutput) return careful;
    return std::min(bound.leastOutput, std::max<int64_t>(0, outputFor(prices, bound.promptCount, bound.output, amount)));
}

} // namespace switchyard::ledger
