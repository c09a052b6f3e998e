// URLs that a loop's exchanges have asked for lately, taken apart: most requests go to a few of them.
#pragma once

#include "base/result.h"
#include "net/url.h"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

namespace switchyard::providers
{

using UrlPtr = std::shared_ptr<const net::Url>;

/// [one thread]
class UrlCache
{
public:
    /// The error is that of net::Url::parse.
    Result<UrlPtr, std::string> find(std::string_view text);

private:
    struct Hash
    {
        using is_transparent = void;
        size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
    };
    std::unordered_map<std::string, UrlPtr, Hash, std::equal_to<>> known_;
};

/// Without a cache.
Result<UrlPtr, std::string> parseUrl(std::string_view text);

} // namespace switchyard::providers
