// Request, token and concurrency limits: who is over one is told which, and when to come back.
#pragma once

#include "accounts/authenticate.h"
#include "accounts/limit_rules.h"
#include "accounts/sliding_window.h"

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace switchyard::accounts
{

/// A limit and whom it is for. `name`: id, group or model.
struct LimitKey
{
    LimitScope scope = LimitScope::token;
    std::string name;
    Limit limit;
};

/// The limits that a request has before a channel is known; none that is not set.
std::vector<LimitKey> limitsOf(const LimitRules& rules, const Caller& caller, std::string_view model);
/// That of a channel; of its settings, else of the rules.
LimitKey limitOfChannel(const LimitRules& rules, const store::Channel& channel);

/// The limit that refused.
struct LimitHit
{
    enum class Kind : uint8_t
    {
        requests,
        tokens,
        concurrent
    };
    LimitScope scope = LimitScope::token;
    Kind kind = Kind::requests;
    std::string name;
    int64_t limit = 0;
    int64_t waitMs = 0; ///< until it would let one through, if nobody else came; of concurrency nobody knows: a second
};

/// 429 `rate_limit_exceeded`, naming the limit, with Retry-After.
ApiError limitError(const LimitHit& hit, Language language);

/// What is counted for one name of one scope.
struct LimitCounters
{
    SlidingWindow requests;
    SlidingWindow tokens;
    int64_t running = 0;
};

class Limiter;

/// A request, or an attempt at a channel, that has been let in. Ends when it goes. Move-only. [one thread at a time]
class Admission
{
public:
    Admission() = default;
    Admission(Admission&& other) noexcept { *this = std::move(other); }
    Admission& operator=(Admission&& other) noexcept;
    ~Admission() { leave(); }

    /// What it really used, instead of what was expected; once, before it goes.
    void used(int64_t tokens, int64_t now) noexcept;
    /// It came to nothing: it does not count as a request, either.
    void takeBack() noexcept;

private:
    friend class Limiter;
    struct Place
    {
        size_t shard;
        LimitCounters* counters; ///< stay while something runs
        int64_t tick;
    };
    void leave() noexcept;

    Limiter* limiter_ = nullptr;
    std::vector<Place> places_;
    int64_t expected_ = 0; ///< tokens that stand in the windows for it
};

/// Counts for all limits of the process. Times are monotonic milliseconds, handed in. A lock is held for some ten
/// nanoseconds, by data-plane threads alone. [any thread]
class Limiter
{
public:
    Limiter() = default;
    Limiter(const Limiter&) = delete;
    Limiter& operator=(const Limiter&) = delete;

    /// Passes all of `keys` or none; a refused request counts nowhere. `expected`: tokens that it will use as far as is
    /// known; one that expects more than the whole limit is let in when nothing else has used any.
    Result<Admission, LimitHit> admit(std::span<const LimitKey> keys, int64_t expected, int64_t now);
    /// Whether admit() would pass now: for leaving a channel out of a plan.
    bool open(const LimitKey& key, int64_t now);

    /// How many names are being counted. Those of which nothing has been heard for a minute are forgotten.
    size_t counted() const;

private:
    friend class Admission;
    struct Name
    {
        LimitScope scope;
        std::string name;
        bool operator==(const Name&) const = default;
    };
    struct NameHash
    {
        size_t operator()(const Name& name) const noexcept
        {
            return std::hash<std::string>{}(name.name) * 31 + static_cast<size_t>(name.scope);
        }
    };
    struct Shard
    {
        mutable std::mutex mutex;
        std::unordered_map<Name, LimitCounters, NameHash> counters; // a node stays where it is
        size_t sweepAt = 64;
    };
    static constexpr size_t kShards = 32;

    static void sweep(Shard& shard, int64_t tick);

    std::array<Shard, kShards> shards_;
};

} // namespace switchyard::accounts
