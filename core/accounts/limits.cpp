#include "accounts/limits.h"

#include "accounts/refusal.h"
#include "accounts/texts.h"

#include <algorithm>
#include <optional>

namespace switchyard::accounts
{

namespace
{

constexpr int64_t kTickMs = 60'000 / SlidingWindow::kSlots;
constexpr int64_t kConcurrencyWaitMs = 1000;

LimitHit hitOf(const LimitKey& key, LimitHit::Kind kind, int64_t limit, int64_t waitMs)
{
    return {key.scope, kind, key.name, limit, std::max<int64_t>(1, waitMs)};
}

std::optional<LimitHit> check(const LimitKey& key, LimitCounters& counters, int64_t expected, int64_t now)
{
    // Threads look at the clock at different moments: both windows go with the latest.
    const int64_t tick = std::max({now / kTickMs, counters.requests.last(), counters.tokens.last()});
    counters.requests.advance(tick);
    counters.tokens.advance(tick);
    const Limit& limit = key.limit;
    if (limit.concurrent > 0 && counters.running >= limit.concurrent)
        return hitOf(key, LimitHit::Kind::concurrent, limit.concurrent, kConcurrencyWaitMs);
    if (limit.requests > 0 && counters.requests.sum() >= limit.requests)
        return hitOf(key, LimitHit::Kind::requests, limit.requests,
                     counters.requests.tickOf(limit.requests - 1) * kTickMs - now);
    const int64_t room = std::max<int64_t>(0, limit.tokens - std::max<int64_t>(expected, 1)); // for those before it
    if (limit.tokens > 0 && counters.tokens.sum() > room)
        return hitOf(key, LimitHit::Kind::tokens, limit.tokens, counters.tokens.tickOf(room) * kTickMs - now);
    return std::nullopt;
}

} // namespace

std::vector<LimitKey> limitsOf(const LimitRules& rules, const Caller& caller, std::string_view model)
{
    std::vector<LimitKey> keys;
    const auto add = [&](LimitScope scope, std::string name, std::string_view group) {
        const Limit limit = rules.of(scope, name, group);
        if (limit.any()) keys.push_back({scope, std::move(name), limit});
    };
    const std::string_view group = caller.user->group;
    if (!rules.empty(LimitScope::token)) add(LimitScope::token, std::to_string(caller.token->id), group);
    if (!rules.empty(LimitScope::user)) add(LimitScope::user, std::to_string(caller.user->id), group);
    if (!rules.empty(LimitScope::group)) add(LimitScope::group, std::string(group), {});
    if (!rules.empty(LimitScope::model)) add(LimitScope::model, std::string(model), {});
    return keys;
}

LimitKey limitOfChannel(const LimitRules& rules, const store::Channel& channel)
{
    LimitKey key{LimitScope::channel, std::to_string(channel.id), {}};
    const store::ChannelSettings& settings = channel.settings;
    key.limit = {settings.requestsPerMinute, settings.tokensPerMinute, settings.concurrent};
    if (!key.limit.any()) key.limit = rules.of(LimitScope::channel, key.name);
    return key;
}

ApiError limitError(const LimitHit& hit, Language language)
{
    static constexpr Text kWhose[kLimitScopes] = {texts::kLimitOfToken, texts::kLimitOfUser, texts::kLimitOfGroup,
                                                  texts::kLimitOfModel, texts::kLimitOfChannel};
    const int64_t seconds = (hit.waitMs + 999) / 1000;
    const Text& what = hit.kind == LimitHit::Kind::requests ? texts::kLimitRequests
                       : hit.kind == LimitHit::Kind::tokens ? texts::kLimitTokens
                                                            : texts::kLimitConcurrent;
    const std::string whose = kWhose[static_cast<size_t>(hit.scope)].in(language, {hit.name});
    const std::string limit = what.in(language, {std::to_string(hit.limit)});
    auto refused = refusal(429, "rate_limit_exceeded", texts::kLimited.in(language, {whose, limit, std::to_string(seconds)}));
    refused.error.retryAfterSeconds = static_cast<int>(std::min<int64_t>(seconds, 3600));
    return std::move(refused.error);
}

Admission& Admission::operator=(Admission&& other) noexcept
{
    if (this == &other) return *this;
    leave();
    limiter_ = std::exchange(other.limiter_, nullptr);
    places_ = std::move(other.places_);
    other.places_.clear();
    expected_ = other.expected_;
    return *this;
}

void Admission::used(int64_t tokens, int64_t now) noexcept
{
    for (const Place& place : places_)
    {
        const std::lock_guard lock(limiter_->shards_[place.shard].mutex);
        SlidingWindow& window = place.counters->tokens;
        window.takeBack(place.tick, expected_);
        window.advance(now / kTickMs);
        window.add(std::max<int64_t>(tokens, 0));
    }
    expected_ = 0;
}

void Admission::takeBack() noexcept
{
    for (const Place& place : places_)
    {
        const std::lock_guard lock(limiter_->shards_[place.shard].mutex);
        place.counters->requests.takeBack(place.tick, 1);
        place.counters->tokens.takeBack(place.tick, expected_);
    }
    leave();
}

void Admission::leave() noexcept
{
    for (const Place& place : places_)
    {
        const std::lock_guard lock(limiter_->shards_[place.shard].mutex);
        --place.counters->running;
    }
    places_.clear();
}

Result<Admission, LimitHit> Limiter::admit(std::span<const LimitKey> keys, int64_t expected, int64_t now)
{
    Admission admission;
    admission.limiter_ = this;
    admission.expected_ = std::max<int64_t>(expected, 0);
    admission.places_.reserve(keys.size());
    std::optional<LimitHit> hit;
    for (const LimitKey& key : keys)
    {
        Name name{key.scope, key.name};
        const size_t at = NameHash{}(name) % kShards;
        Shard& shard = shards_[at];
        const std::lock_guard lock(shard.mutex);
        if (shard.counters.size() >= shard.sweepAt) sweep(shard, now / kTickMs);
        LimitCounters& counters = shard.counters[std::move(name)];
        hit = check(key, counters, admission.expected_, now);
        if (hit) break;
        counters.requests.add(1);
        counters.tokens.add(admission.expected_);
        ++counters.running;
        admission.places_.push_back({at, &counters, counters.requests.last()});
    }
    if (!hit) return admission;
    admission.takeBack();
    return failure(std::move(*hit));
}

bool Limiter::open(const LimitKey& key, int64_t now)
{
    const Name name{key.scope, key.name};
    Shard& shard = shards_[NameHash{}(name) % kShards];
    const std::lock_guard lock(shard.mutex);
    const auto found = shard.counters.find(name);
    return found == shard.counters.end() || !check(key, found->second, 0, now);
}

size_t Limiter::counted() const
{
    size_t count = 0;
    for (const Shard& shard : shards_)
    {
        const std::lock_guard lock(shard.mutex);
        count += shard.counters.size();
    }
    return count;
}

void Limiter::sweep(Shard& shard, int64_t tick)
{
    std::erase_if(shard.counters, [tick](const auto& entry) {
        const LimitCounters& counters = entry.second;
        return counters.running == 0 && tick - std::max(counters.requests.last(), counters.tokens.last()) > SlidingWindow::kSlots;
    });
    shard.sweepAt = std::max<size_t>(64, shard.counters.size() * 2);
}

} // namespace switchyard::accounts
