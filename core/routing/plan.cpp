#include "routing/plan.h"

#include "accounts/refusal.h"
#include "accounts/texts.h"
#include "base/text.h"

#include <algorithm>
#include <span>

namespace switchyard::routing
{

namespace texts = accounts::texts;
using accounts::Caller;
using accounts::refusal;
using store::Channel;

uint64_t Random::below(uint64_t limit) noexcept
{
    // Multiply-shift: the bias is limit / 2^64, which no channel's share can show.
    __extension__ using Wide = unsigned __int128;
    return static_cast<uint64_t>((static_cast<Wide>(next()) * limit) >> 64);
}

namespace
{

Failure<ApiError> notLoaded(const Channel& channel, const Caller& caller)
{
    const std::string needed = channel.provider.empty()
                                   ? texts::kProviderNumbered.in(caller.language, {std::to_string(channel.type)})
                                   : texts::kProviderNamed.in(caller.language, {channel.provider});
    return refusal(503, "provider_not_loaded",
                   texts::kProviderNotLoaded.in(caller.language, {channel.name, std::to_string(channel.id), needed}));
}

Candidate candidateOf(const Channel& channel, std::string_view model) noexcept
{
    return {&channel, channel.key, channel.mapped(model)};
}

Result<std::vector<Candidate>, ApiError> chosen(const Caller& caller, std::string_view model, const IsLoaded& isLoaded)
{
    const auto id = parseInt(*caller.channel);
    const Channel* channel = id ? caller.snapshot->channel(*id) : nullptr;
    if (!channel) return refusal(400, "invalid_channel_id", texts::kNoChannelId.in(caller.language, {*caller.channel}));
    if (!channel->enabled())
        return refusal(403, "channel_disabled",
                       texts::kChannelDisabled.in(caller.language, {channel->name, std::to_string(channel->id)}));
    if (!isLoaded(*channel)) return notLoaded(*channel, caller);
    return std::vector<Candidate>{candidateOf(*channel, model)};
}

uint64_t shareOf(const Candidate& candidate) noexcept { return std::max<uint64_t>(candidate.channel->weight, 1); }

// Draws the first `drawn` of `tier` by weight, without putting back, and moves them to its front in that order.
void draw(std::span<Candidate> tier, size_t drawn, Random& random) noexcept
{
    uint64_t total = 0;
    for (const Candidate& candidate : tier)
        total += shareOf(candidate);
    for (size_t i = 0; i < drawn && i + 1 < tier.size(); ++i)
    {
        uint64_t ticket = random.below(total);
        size_t at = i;
        while (ticket >= shareOf(tier[at]))
            ticket -= shareOf(tier[at++]);
        total -= shareOf(tier[at]);
        std::swap(tier[i], tier[at]);
    }
}

} // namespace

Result<std::vector<Candidate>, ApiError> plan(const Caller& caller, std::string_view model, const IsLoaded& isLoaded,
                                              Random& random, size_t most)
{
    if (caller.channel) return chosen(caller, model, isLoaded);
    const auto channels = caller.snapshot->channelsFor(caller.user->group, model);
    if (channels.empty())
        return refusal(503, "no_available_channel", texts::kNoChannel.in(caller.language, {caller.user->group, model}));

    std::vector<Candidate> candidates;
    candidates.reserve(channels.size());
    for (size_t begin = 0; begin < channels.size() && candidates.size() < most;)
    {
        const size_t tier = candidates.size();
        const int64_t priority = channels[begin]->priority;
        for (; begin < channels.size() && channels[begin]->priority == priority; ++begin)
            if (isLoaded(*channels[begin])) candidates.push_back(candidateOf(*channels[begin], model));
        draw(std::span(candidates).subspan(tier), most - tier, random);
    }
    if (candidates.empty()) return notLoaded(*channels.front(), caller);
    if (candidates.size() > most) candidates.resize(most);
    return candidates;
}

} // namespace switchyard::routing
