#include "providers/provider_set.h"

#include "providers/plugin.h"

#include <algorithm>

namespace switchyard::providers
{

Provider::Provider(PluginPtr plugin, const swy_provider_t& table, Descriptor descriptor)
    : plugin_(std::move(plugin)), table_(table), descriptor_(std::move(descriptor))
{
}

ProviderSet::ProviderSet(std::vector<ProviderPtr> providers, uint64_t number)
    : providers_(std::move(providers)), number_(number)
{
    std::sort(providers_.begin(), providers_.end(),
              [](const ProviderPtr& a, const ProviderPtr& b) { return a->id() < b->id(); });
    for (const ProviderPtr& provider : providers_)
        for (const uint32_t type : provider->descriptor().typeNumbers)
            byType_.emplace(type, provider);
}

ProviderPtr ProviderSet::byId(std::string_view id) const noexcept
{
    const auto found =
        std::lower_bound(providers_.begin(), providers_.end(), id,
                         [](const ProviderPtr& provider, std::string_view wanted) { return provider->id() < wanted; });
    return found != providers_.end() && (*found)->id() == id ? *found : nullptr;
}

ProviderPtr ProviderSet::byType(uint32_t number) const noexcept
{
    const auto found = byType_.find(number);
    return found == byType_.end() ? nullptr : found->second;
}

} // namespace switchyard::providers
