// The size of a hold: what a request may cost at most, before anything is known but its bytes (ledger.md 2). Pure functions.
#pragma once

#include "ledger/holds/model_limits.h"
#include "ledger/price/charge.h"

#include <cstdint>
#include <optional>
#include <span>

namespace switchyard::ledger
{

/// What a bound is made of.
enum class Work : uint8_t
{
    chat, ///< and completions, edits: text goes in and text comes out
    inputOnly, ///< embeddings, moderations, rerank: nothing comes out that costs
    speech, ///< by code points of the input
    transcription ///< and translation: by duration
};

struct BoundOptions
{
    int64_t promptMargin = 500;   ///< PreConsumedQuota: tokens added to the local count
    int64_t outputCap = 65'536;   ///< HoldTokensCap: of one request, so that one call does not freeze an account
};

struct BoundRequest
{
    Work work = Work::chat;
    /// chat, inputOnly: local count with images (prompt_size.h). speech: code points. transcription: audioTokens().
    int64_t prompt = 0;
    std::optional<int64_t> limit; ///< max_completion_tokens, else max_tokens, of one choice
    int64_t choices = 1;          ///< `n`
    bool stream = false;
    bool thinksUnseen = false;    ///< of the model, or because the request asks for it
    ModelLimits model;
};

struct HoldBound
{
    int64_t prompt = 0;      ///< tokens, with the margin
    int64_t promptCount = 0; ///< without it
    int64_t output = 0;      ///< of all choices
    int64_t leastOutput = 0; ///< of all choices: with less it is not worth trying
    int64_t choices = 1;
    bool extensible = false; ///< grows while the answer runs, by kExtension when kExtendBefore are left
    bool lowerable = false;  ///< a smaller output limit can be sent to the provider
};

inline constexpr int64_t kStreamStart = 4096; ///< first bound of a stream without a limit, of one choice
inline constexpr int64_t kExtension = 1024;
inline constexpr int64_t kExtendBefore = 512;
inline constexpr int64_t kLeastOutput = 16; ///< of one choice

HoldBound holdBound(const BoundRequest& request, const BoundOptions& options) noexcept;

/// Tokens of speech to be transcribed: 200 a minute, so that the stored ratio of whisper-1 (15) is its list price, 0.0001
/// USD a second. `seconds` unknown: a second for each 1,000 bytes, slower than any codec in use.
int64_t audioTokens(std::optional<double> seconds, int64_t bytes) noexcept;

/// What a hold needs over all candidates of the plan, in points.
struct HoldSize
{
    int64_t amount = 0; ///< bound in full at the dearest candidate
    int64_t least = 0;  ///< prompt without margin and least output, at the dearest; `amount` when nothing can be lowered
};

/// `prices`: those pinned of each candidate. No value: a price is not valid, or the sum is above kMostCharge.
std::optional<HoldSize> holdSize(const HoldBound& bound, std::span<const Price> prices) noexcept;

/// The output of all choices that a lowered hold of `amount` points still pays at each of `prices`; divide by
/// `bound.choices` for the limit to send. At least bound.leastOutput if `amount` >= HoldSize::least.
int64_t outputWithin(const HoldBound& bound, std::span<const Price> prices, int64_t amount) noexcept;

} // namespace switchyard::ledger
