// Which channels to try for a request, in which order. Pure memory.
#pragma once

#include "accounts/authenticate.h"
#include "base/error.h"
#include "base/result.h"
#include "store/snapshot.h"

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

namespace switchyard::routing
{

/// One attempt that the relay may make. Points into the caller's snapshot.
struct Candidate
{
    const store::Channel* channel = nullptr;
    std::string_view key;   ///< the channel's credential
    std::string_view model; ///< as the upstream calls it: mapped by the channel, or the caller's `model` itself
};

/// A small, fast generator (SplitMix64): one per thread, seeded by its owner. Not for secrets.
class Random
{
public:
    explicit Random(uint64_t seed) noexcept : state_(seed) {}
    uint64_t next() noexcept
    {
        uint64_t z = (state_ += 0x9E3779B97F4A7C15u);
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
        return z ^ (z >> 31);
    }
    /// Uniform in [0, limit); limit > 0.
    uint64_t below(uint64_t limit) noexcept;

private:
    uint64_t state_;
};

/// Whether the provider of a channel is loaded. Make it once, not per request.
using IsLoaded = std::function<bool(const store::Channel&)>;

/// More attempts than this for one request help nobody.
inline constexpr size_t kMostCandidates = 16;

/// The channels to try for `model`, best first, each at most once, at most `most` of them.
/// Priority descending; within one priority a random order in which each next channel is drawn with a probability
/// proportional to its weight, where weight 0 (the default) counts as 1: so equal weights share equally, and a channel
/// with weight 3 is first three times as often as one with weight 1 or 0.
/// A channel whose provider is not loaded is left out; if that leaves nothing: 503 `provider_not_loaded`, which names
/// the missing plug-in. No channel at all: 503 `no_available_channel`.
/// A caller who chose a channel gets that one alone: 400 `invalid_channel_id` if there is none, 403 `channel_disabled`.
/// `model` must outlive the plan.
Result<std::vector<Candidate>, ApiError> plan(const accounts::Caller& caller, std::string_view model,
                                              const IsLoaded& isLoaded, Random& random, size_t most = kMostCandidates);

} // namespace switchyard::routing
