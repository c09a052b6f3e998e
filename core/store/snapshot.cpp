#include "store/snapshot.h"

#include <algorithm>

namespace switchyard::store
{

const ApiToken* Snapshot::tokenByDigest(const Sha256& digest) const noexcept
{
    const auto at = tokens_.find(digest);
    return at == tokens_.end() ? nullptr : &at->second;
}

const User* Snapshot::user(int64_t id) const noexcept
{
    const auto at = users_.find(id);
    return at == users_.end() ? nullptr : &at->second;
}

const Channel* Snapshot::channel(int64_t id) const noexcept
{
    const auto at = channels_.find(id);
    return at == channels_.end() ? nullptr : &at->second;
}

const GroupRoutes* Snapshot::group(std::string_view name) const noexcept
{
    const auto at = groups_.find(name);
    return at == groups_.end() ? nullptr : &at->second;
}

std::span<const Channel* const> Snapshot::channelsFor(std::string_view groupName, std::string_view model) const noexcept
{
    const GroupRoutes* routes = group(groupName);
    if (!routes) return {};
    const auto at = routes->channels.find(model);
    if (at == routes->channels.end()) return {};
    return at->second;
}

std::span<const std::string> Snapshot::modelsOf(std::string_view groupName) const noexcept
{
    const GroupRoutes* routes = group(groupName);
    if (!routes) return {};
    return routes->models;
}

namespace
{

uint64_t revisionOf(const Channel& channel)
{
    std::string all = std::to_string(channel.type);
    for (const std::string* part : {&channel.provider, &channel.baseUrl, &channel.key, &channel.config})
        (all += '\0') += *part;
    const Sha256 digest = sha256(all);
    uint64_t revision = 0;
    std::memcpy(&revision, digest.data(), sizeof(revision));
    return revision;
}

bool goesBefore(const Channel* a, const Channel* b) noexcept
{
    return a->priority != b->priority ? a->priority > b->priority : a->id < b->id;
}

} // namespace

SnapshotBuilder::SnapshotBuilder() : snapshot_(std::make_shared<Snapshot>()) {}

SnapshotBuilder& SnapshotBuilder::add(User user)
{
    const int64_t id = user.id;
    snapshot_->users_.insert_or_assign(id, std::move(user));
    return *this;
}

SnapshotBuilder& SnapshotBuilder::add(ApiToken token, std::string_view key)
{
    if (key.empty()) return *this;
    std::sort(token.models.begin(), token.models.end());
    token.models.erase(std::unique(token.models.begin(), token.models.end()), token.models.end());
    snapshot_->tokens_.insert_or_assign(sha256(key), std::move(token));
    return *this;
}

SnapshotBuilder& SnapshotBuilder::add(Channel channel)
{
    std::sort(channel.modelMapping.begin(), channel.modelMapping.end());
    channel.revision = revisionOf(channel);
    const int64_t id = channel.id;
    snapshot_->channels_.insert_or_assign(id, std::move(channel));
    return *this;
}

SnapshotBuilder& SnapshotBuilder::set(Options options)
{
    snapshot_->options_ = std::move(options);
    return *this;
}

SnapshotPtr SnapshotBuilder::build(uint64_t number)
{
    for (const auto& [id, channel] : snapshot_->channels_)
    {
        if (!channel.enabled()) continue;
        for (const std::string& group : channel.groups)
        {
            GroupRoutes& routes = snapshot_->groups_[group];
            for (const std::string& model : channel.models)
                routes.channels[model].push_back(&channel);
        }
    }
    for (auto& [name, routes] : snapshot_->groups_)
    {
        for (auto& [model, channels] : routes.channels)
        {
            std::sort(channels.begin(), channels.end(), goesBefore);
            channels.erase(std::unique(channels.begin(), channels.end()), channels.end());
            routes.models.push_back(model);
        }
        std::sort(routes.models.begin(), routes.models.end());
    }
    snapshot_->number_ = number;
    return std::exchange(snapshot_, std::make_shared<Snapshot>());
}

} // namespace switchyard::store
