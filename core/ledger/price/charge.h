// What a request costs: one pure function for holds, metering and settlement (ledger.md 3).
#pragma once

#include "base/result.h"

#include <cstdint>
#include <string_view>

namespace switchyard::ledger
{

inline constexpr double kMostRatio = 1e6;
inline constexpr int64_t kMostTokens = 1'000'000'000;
inline constexpr int64_t kMostCharge = int64_t{1} << 53;

/// Token counts: cached, cacheWrite and audioInput are parts of prompt; reasoning and audioOutput parts of completion.
struct TokenUsage
{
    int64_t prompt = 0;
    int64_t completion = 0;
    int64_t cached = 0;
    int64_t cacheWrite = 0;
    int64_t audioInput = 0;
    int64_t reasoning = 0;
    int64_t audioOutput = 0;
};

/// Ratios, all finite and 0 to kMostRatio. Those of parts are relative to an ordinary prompt or completion token; 1 charges
/// as One API does, which has no word for them.
struct Price
{
    double model = 0;
    double group = 1;
    double completion = 1;
    double cached = 1;
    double cacheWrite = 1;
    double audioInput = 1;
    double reasoning = 1;
    double audioOutput = 1;
};

enum class ChargeFault
{
    badUsage, ///< a count below 0 or above kMostTokens: treat as 'no usage was reported'
    badPrice, ///< a ratio that is no number, below 0 or above kMostRatio: the model is unpriced
    tooMuch   ///< above kMostCharge
};
std::string_view nameOf(ChargeFault fault) noexcept;

bool validRatio(double ratio) noexcept;

/// Points. Parts larger than what they are part of are clamped. Rounded up; at least 1 unless the ratio is 0 or there are no
/// tokens at all. Any thread.
Result<int64_t, ChargeFault> charge(const TokenUsage& usage, const Price& price) noexcept;

} // namespace switchyard::ledger
