#include "providers/channel_table.h"

#include "base/text.h"
#include "providers/abi_view.h"
#include "providers/plugin.h"
#include "providers/text_out.h"
#include "providers/url_host.h"
#include "store/snapshot.h"

#include <algorithm>

namespace switchyard::providers
{

namespace
{

ChannelEntry entryFor(const store::Channel& channel, const ProviderSet& providers, const ChannelEntry* before)
{
    std::string why;
    ProviderPtr provider = providerOf(channel, providers, why);
    if (!provider) return {ChannelEntry::State::providerMissing, nullptr, std::move(why)};
    if (before && before->object && before->object->providerPtr() == provider &&
        before->object->revision() == channel.revision)
        return *before;
    const std::string id = provider->id();
    auto object = ChannelObject::create(std::move(provider), channel);
    if (!object)
        return {ChannelEntry::State::configRefused, nullptr, "provider '" + id + "' refused it: " + object.error()};
    return {ChannelEntry::State::ready, std::move(*object), {}};
}

} // namespace

Result<ChannelObjectPtr, std::string> ChannelObject::create(ProviderPtr provider, const store::Channel& channel)
{
    const Descriptor& descriptor = provider->descriptor();
    const std::string& baseUrl = channel.baseUrl.empty() ? descriptor.defaultBaseUrl : channel.baseUrl;
    const std::string_view config = channel.config.empty() ? std::string_view("{}") : std::string_view(channel.config);
    const swy_channel_config_t given{sizeof(swy_channel_config_t),
                                     0,
                                     borrow(baseUrl),
                                     borrow(channel.key),
                                     borrow(config),
                                     channel.type > 0 ? static_cast<uint32_t>(channel.type) : 0,
                                     0};
    // Made first, so that whatever happens the plug-in's object has an owner.
    std::shared_ptr<ChannelObject> object(new ChannelObject(std::move(provider)));
    object->channelId_ = channel.id;
    object->revision_ = channel.revision;
    object->host_ = lowerAscii(hostOf(baseUrl));
    const swy_provider_t& table = object->provider_->table();
    TextRoom room;
    object->handle_ = table.channel_create(&table, &given, room.out());
    if (!object->handle_)
        return failure(room.text("it gave no reason; check base URL, key and settings of the channel"));
    return ChannelObjectPtr(std::move(object));
}

ChannelObject::~ChannelObject()
{
    if (handle_) provider_->table().channel_destroy(handle_);
}

bool ChannelObject::keyMayGoTo(std::string_view host) const noexcept
{
    const auto& further = provider_->descriptor().hosts;
    return host == host_ || std::find(further.begin(), further.end(), host) != further.end();
}

std::shared_ptr<const ChannelTable> ChannelTable::build(const store::Snapshot& snapshot, const ProviderSet& providers,
                                                        const ChannelTable* previous)
{
    auto table = std::make_shared<ChannelTable>();
    table->entries_.reserve(snapshot.channels().size());
    for (const auto& [id, channel] : snapshot.channels())
        table->entries_.emplace(id, entryFor(channel, providers, previous ? previous->find(id) : nullptr));
    return table;
}

const ChannelEntry* ChannelTable::find(int64_t channelId) const noexcept
{
    const auto found = entries_.find(channelId);
    return found == entries_.end() ? nullptr : &found->second;
}

ProviderPtr providerOf(const store::Channel& channel, const ProviderSet& providers, std::string& why)
{
    if (!channel.provider.empty())
    {
        ProviderPtr provider = providers.byId(channel.provider);
        if (!provider)
            why = "no loaded plug-in offers provider '" + channel.provider +
                  "'; `switchyard plugins` lists what is loaded and what was refused";
        return provider;
    }
    ProviderPtr provider = channel.type > 0 ? providers.byType(static_cast<uint32_t>(channel.type)) : nullptr;
    if (!provider)
        why = "no loaded plug-in serves channel type " + std::to_string(channel.type) +
              "; `switchyard plugins` lists what is loaded and what was refused";
    return provider;
}

} // namespace switchyard::providers
