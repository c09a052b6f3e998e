// Which plug-in object serves each channel, or why none does: the data plane only looks up.
#pragma once

#include "providers/provider_set.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace switchyard::store
{
class Snapshot;
struct Channel;
} // namespace switchyard::store

namespace switchyard::providers
{

/// A plug-in's immutable object for one channel and key (swy_channel_t). Exchanges share it; it is destroyed when the
/// last reference goes, on whatever thread that happens. [any thread]
class ChannelObject
{
public:
    /// The error is the plug-in's: which field, and how to mend it. Also validates a form before it is saved.
    static Result<std::shared_ptr<const ChannelObject>, std::string> create(ProviderPtr provider,
                                                                            const store::Channel& channel);
    ~ChannelObject();
    ChannelObject(const ChannelObject&) = delete;
    ChannelObject& operator=(const ChannelObject&) = delete;

    const Provider& provider() const noexcept { return *provider_; }
    const ProviderPtr& providerPtr() const noexcept { return provider_; }
    swy_channel_t* handle() const noexcept { return handle_; }
    int64_t channelId() const noexcept { return channelId_; }
    uint64_t revision() const noexcept { return revision_; }
    /// Whether a request that carries the key may go to this host (lower case, without port).
    bool keyMayGoTo(std::string_view host) const noexcept;

private:
    explicit ChannelObject(ProviderPtr provider) : provider_(std::move(provider)) {}

    ProviderPtr provider_; // first: the object behind handle_ needs its code
    swy_channel_t* handle_ = nullptr;
    std::string host_; // of the base URL
    int64_t channelId_ = 0;
    uint64_t revision_ = 0;
};

using ChannelObjectPtr = std::shared_ptr<const ChannelObject>;

/// How a channel stands.
struct ChannelEntry
{
    enum class State
    {
        ready,           ///< `object` is there
        providerMissing, ///< no loaded plug-in offers what the channel names
        configRefused    ///< the plug-in refused the channel's settings
    };
    State state = State::ready;
    ChannelObjectPtr object;
    std::string reason; ///< for people, names the plug-in or the field; empty when ready
};

/// Immutable; one per (snapshot, provider set). Build it on the management side and publish it to the loops. [any
/// thread]
class ChannelTable
{
public:
    ChannelTable() = default;
    /// Objects of `previous` whose inputs (provider version, channel, key, settings) are unchanged are shared, not made
    /// anew. `previous` may be null. Calls into plug-ins: keep it off the loops.
    static std::shared_ptr<const ChannelTable> build(const store::Snapshot& snapshot, const ProviderSet& providers,
                                                     const ChannelTable* previous);

    /// Null for a channel that is not in the snapshot.
    const ChannelEntry* find(int64_t channelId) const noexcept;
    const std::unordered_map<int64_t, ChannelEntry>& entries() const noexcept { return entries_; }

private:
    std::unordered_map<int64_t, ChannelEntry> entries_;
};

using ChannelTablePtr = std::shared_ptr<const ChannelTable>;

/// The provider of a channel: by its text id, else by its One API type number; null when neither is loaded, and then
/// `why` says what is missing.
ProviderPtr providerOf(const store::Channel& channel, const ProviderSet& providers, std::string& why);

} // namespace switchyard::providers
