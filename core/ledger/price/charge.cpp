#include "ledger/price/charge.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace switchyard::ledger
{

namespace
{

/// Takes a part of what is left.
int64_t take(int64_t& left, int64_t part) noexcept
{
    part = std::min(left, part);
    left -= part;
    return part;
}

} // namespace

std::string_view nameOf(ChargeFault fault) noexcept
{
    constexpr std::array<std::string_view, 3> names = {"bad_usage", "bad_price", "too_much"};
    return names[static_cast<size_t>(fault)];
}

bool validRatio(double ratio) noexcept { return std::isfinite(ratio) && ratio >= 0 && ratio <= kMostRatio; }

Result<int64_t, ChargeFault> charge(const TokenUsage& usage, const Price& price) noexcept
{
    for (const int64_t count : {usage.prompt, usage.completion, usage.cached, usage.cacheWrite, usage.audioInput,
                                usage.reasoning, usage.audioOutput})
        if (count < 0 || count > kMostTokens) return failure(ChargeFault::badUsage);
    for (const double ratio : {price.model, price.group, price.completion, price.cached, price.cacheWrite,
                               price.audioInput, price.reasoning, price.audioOutput})
        if (!validRatio(ratio)) return failure(ChargeFault::badPrice);
    if (usage.prompt + usage.completion == 0) return int64_t{0};

    // Whole numbers stay exact in doubles here, so that with part ratios of 1 the sums are One API's to the last bit.
    const auto real = [](int64_t count) { return static_cast<double>(count); };
    int64_t plain = usage.prompt;
    const int64_t cached = take(plain, usage.cached), written = take(plain, usage.cacheWrite);
    const int64_t heard = take(plain, usage.audioInput);
    const double prompt =
        real(plain) + real(cached) * price.cached + real(written) * price.cacheWrite + real(heard) * price.audioInput;
    plain = usage.completion;
    const int64_t reasoning = take(plain, usage.reasoning), spoken = take(plain, usage.audioOutput);
    const double completion = real(plain) + real(reasoning) * price.reasoning + real(spoken) * price.audioOutput;

    const double ratio = price.model * price.group;
    const double points = std::ceil((prompt + completion * price.completion) * ratio);
    if (points > real(kMostCharge)) return failure(ChargeFault::tooMuch);
    if (ratio != 0 && points < 1) return int64_t{1};
    return static_cast<int64_t>(points);
}

} // namespace switchyard::ledger
