// A configured channel of the family: everything that its requests have in common.
#pragma once

#include "family.h"
#include "urls.h"

#include "switchyard/provider.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace switchyard::openai
{

class FamilyChannel
{
public:
    /// Throws BadChannel, which names the field and the mend.
    explicit FamilyChannel(const ChannelConfig& from);
    FamilyChannel(const FamilyChannel&) = delete;
    FamilyChannel& operator=(const FamilyChannel&) = delete;

    const Member& member() const { return *member_; }
    const Urls& urls() const { return urls_; }
    std::string_view key() const { return key_; }
    /// Key and extra headers; Content-Type and Accept belong to the request.
    const std::vector<std::pair<std::string, std::string>>& headers() const { return headers_; }
    /// Whether streams of clients that did not ask for usage are sent with stream_options.include_usage.
    bool asksForUsage() const { return asksForUsage_; }

private:
    void readKey(const ChannelConfig& from);
    void readHeaders(sdk::JsonView config);
    void setHeader(std::string_view field, std::string_view name, std::string_view value);

    const Member* member_;
    Urls urls_;
    std::string key_;
    std::vector<std::pair<std::string, std::string>> headers_;
    bool asksForUsage_;
};

} // namespace switchyard::openai
