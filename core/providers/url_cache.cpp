#include "providers/url_cache.h"

namespace switchyard::providers
{

namespace
{
constexpr size_t kMostKnown = 256; // URLs with ids in them come once: then the useful ones are soon back
}

Result<UrlPtr, std::string> UrlCache::find(std::string_view text)
{
    if (const auto found = known_.find(text); found != known_.end()) return found->second;
    auto url = parseUrl(text);
    if (!url) return url;
    if (known_.size() >= kMostKnown) known_.clear();
    known_.emplace(text, *url);
    return url;
}

Result<UrlPtr, std::string> parseUrl(std::string_view text)
{
    auto url = net::Url::parse(text);
    if (!url) return failure(std::move(url.error()));
    return UrlPtr(std::make_shared<const net::Url>(std::move(*url)));
}

} // namespace switchyard::providers
