// What a row of `logs` says of how its charge came about: the JSON object in `logs.detail` (ledger.md 9).
#pragma once

#include "ledger/price/charge.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace switchyard::ledger
{

/// Written by the relay at the settlement, read by `switchyard ledger explain`. In JSON:
///
///     {"price":{"model":2.5,"group":1,"completion":4,"source":{"model":"built-in","completion":"rule","group":"option"}},
///      "usage":{"prompt":1000,"completion":500,"cached":64,"counted_prompt":998,"counted_completion":501},
///      "requested_model":"gpt-4o","operation":"chat.completions","first_token_ms":310,"lowered_to":800,
///      "attempts":[{"channel":3,"status":502,"ms":130,"error":"upstream closed the connection"},{"channel":7,"status":200,"ms":2100}]}
///
/// A part's ratio of 1, a count of 0 and whatever was not there are left out.
struct RowDetail
{
    Price price; ///< pinned at the hold
    struct Sources
    {
        std::string model, completion, group; ///< `option`, `built-in`, `rule`, `default`
    } source;
    TokenUsage usage;                         ///< that the charge was computed from
    std::optional<int64_t> fixedPrice;        ///< points, for operations that are charged by the piece
    std::optional<int64_t> countedPrompt;     ///< counted here, whatever the provider reported
    std::optional<int64_t> countedCompletion;
    std::string requestedModel; ///< the row's model_name is the mapped one
    std::string operation;
    std::optional<int64_t> firstTokenMs;
    std::optional<int64_t> loweredTo; ///< the output limit that the balance left
    struct Attempt
    {
        int64_t channelId = 0;
        int status = 0; ///< the provider's; 0: there was no answer
        int64_t ms = 0;
        std::string error; ///< empty: it delivered
    };
    std::vector<Attempt> attempts;
    size_t attemptsDropped = 0; ///< from their middle, for want of room
};

/// No detail is longer, in bytes.
inline constexpr size_t kMostDetailBytes = 4000;

/// At most kMostDetailBytes: long texts are cut, then attempts are dropped from the middle. Any thread.
std::string writeRowDetail(const RowDetail& detail);
/// No value: not such an object. What it does not know is ignored. Any thread.
std::optional<RowDetail> readRowDetail(std::string_view json);

/// The three ratios that writeRowDetail puts first, without reading the rest: for each row that is written.
struct LeadingRatios
{
    double model = 0, group = 0, completion = 0;
};
std::optional<LeadingRatios> leadingRatios(std::string_view json);

} // namespace switchyard::ledger
