// Where the requests of a channel go. All that does not depend on the request is worked out once per channel.
#pragma once

#include "family.h"

#include <array>
#include <span>
#include <string>
#include <string_view>

namespace switchyard::openai
{

/// What of the channel's form the addresses depend on.
struct UrlSettings
{
    std::string_view apiVersion; ///< Azure; empty: the default
    bool keepDots = false;       ///< Azure: deployment names keep their dots
};

/// Azure's version where the channel names none.
inline constexpr std::string_view kAzureDefaultVersion = "2024-10-21";

class Urls
{
public:
    /// Throws BadChannel where `baseUrl` is no address.
    Urls(const Member& member, std::string_view baseUrl, const UrlSettings& settings);

    /// The address for `operation`; `target` is the client's path and query, `model` the name upstream. May be put
    /// together in `scratch`. Empty: this provider has no such operation.
    std::string_view find(Operation operation, std::string_view target, std::string_view model,
                          std::string& scratch) const;

private:
    /// An operation's address without what the request adds.
    struct Route
    {
        std::string prefix; ///< whole, unless the deployment's name comes between
        std::string suffix;
    };

    Route& at(Operation operation) { return routes_[static_cast<size_t>(operation)]; }
    void routeAzure(std::string base, const UrlSettings& settings);

    PathRule rule_;
    bool keepDots_;
    bool deployments_ = false; ///< the deployment's name stands in the path
    bool query_ = false;       ///< the client's query goes along
    std::array<Route, kOperationCount> routes_;
    std::span<const OwnPath> ownPaths_;
    std::string base_; ///< for the paths that depend on the model
};

} // namespace switchyard::openai
