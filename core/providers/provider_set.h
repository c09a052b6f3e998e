// The providers that are in service at one moment: an immutable value that threads share.
#pragma once

#include "providers/descriptor.h"

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace switchyard::providers
{

class Plugin;
/// A reference to a loaded plug-in: while one is held, its code stays mapped. The last one may be dropped on any
/// thread; what follows from that (deinit, unloading) happens on the host's own thread.
using PluginPtr = std::shared_ptr<const Plugin>;

/// One provider of one version of a plug-in. Immutable. [any thread]
class Provider
{
public:
    Provider(PluginPtr plugin, const swy_provider_t& table, Descriptor descriptor);

    const Descriptor& descriptor() const noexcept { return descriptor_; }
    const std::string& id() const noexcept { return descriptor_.id; }
    const Plugin& plugin() const noexcept { return *plugin_; }
    /// The plug-in's functions; read with SWY_HAS.
    const swy_provider_t& table() const noexcept { return table_; }

private:
    PluginPtr plugin_;
    const swy_provider_t& table_;
    Descriptor descriptor_;
};

using ProviderPtr = std::shared_ptr<const Provider>;

/// Immutable once published. [any thread]
class ProviderSet
{
public:
    ProviderSet() = default;
    /// `providers`: ids and type numbers are unique, the plug-in host saw to it.
    ProviderSet(std::vector<ProviderPtr> providers, uint64_t number);

    /// Null when no plug-in offers it.
    ProviderPtr byId(std::string_view id) const noexcept;
    /// The provider that serves a One API channel type; null when none does.
    ProviderPtr byType(uint32_t number) const noexcept;
    /// Sorted by id.
    std::span<const ProviderPtr> all() const noexcept { return providers_; }
    /// Grows with each publication of this process.
    uint64_t number() const noexcept { return number_; }

private:
    std::vector<ProviderPtr> providers_;
    std::map<uint32_t, ProviderPtr> byType_;
    uint64_t number_ = 0;
};

using ProviderSetPtr = std::shared_ptr<const ProviderSet>;

} // namespace switchyard::providers
