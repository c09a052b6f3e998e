// What a provider says of itself, as C++ values that outlive the plug-in they were read from.
#pragma once

#include "base/result.h"

#include <switchyard/provider.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace switchyard::providers
{

/// A model that a provider offers by default; 0 in a limit: unknown.
struct ProviderModel
{
    std::string name;
    uint64_t maxInput = 0;
    uint64_t maxOutput = 0;
};

/// The values of swy_descriptor_t; a text that the plug-in left out is empty.
struct Descriptor
{
    std::string id;
    std::string name;
    std::string vendor;
    std::string version;
    std::string homePage;
    std::string icon;
    std::string defaultBaseUrl;
    std::string keyHint;
    std::string configSchema;
    std::vector<std::string> hosts; ///< in lower case
    std::vector<std::string> operations;
    std::vector<std::string> dialects;
    std::vector<uint32_t> typeNumbers;
    std::vector<ProviderModel> models;
    uint32_t capabilities = 0; ///< SWY_CAN_...

    bool offers(std::string_view operation) const noexcept;
    /// Whether a request body of this dialect may be handed over unchanged.
    bool speaks(std::string_view dialect) const noexcept;
};

/// Copies what a plug-in's provider says, and checks it. The error says which member breaks which rule. [any thread]
Result<Descriptor, std::string> readDescriptor(const swy_provider_t* provider);

} // namespace switchyard::providers
