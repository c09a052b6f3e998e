#include "urls.h"

#include "switchyard/provider.hpp"

namespace switchyard::openai
{

namespace
{

constexpr std::string_view kCloudflareGateway = "https://gateway.ai.cloudflare.com";
constexpr std::string_view kVersion = "/v1";

bool cutEnd(std::string& text, std::string_view end)
{
    if (!text.ends_with(end)) return false;
    text.resize(text.size() - end.size());
    return true;
}

void cutSlashes(std::string& text)
{
    while (cutEnd(text, "/"))
    {
    }
}

/// The base URL without slashes at its end; BadChannel where it is none.
std::string checked(std::string_view baseUrl)
{
    std::string base(baseUrl);
    cutSlashes(base);
    if (base.empty())
        throw BadChannel("base_url", "is missing; give the address of the server, such as https://example.com");
    const size_t scheme = base.starts_with("https://") ? 8 : base.starts_with("http://") ? 7 : 0;
    if (scheme == 0 || scheme == base.size())
        throw BadChannel("base_url", "must begin with https:// or http:// and name a host");
    for (const char c : base)
        if (static_cast<unsigned char>(c) <= 0x20 || c == 0x7F)
            throw BadChannel("base_url", "holds a blank or a control character");
    if (base.find_first_of("?#") != std::string::npos)
        throw BadChannel("base_url", "must have no query (?) and no fragment (#)");
    return base;
}

/// A path segment: what is not unreserved (RFC 3986, 2.3) goes percent-encoded, for the name may come from the client.
void appendSegment(std::string& out, std::string_view text, bool keepDots)
{
    static constexpr char hex[] = "0123456789ABCDEF";
    for (const char c : text)
    {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                           c == '_' || c == '~';
        const unsigned char byte = static_cast<unsigned char>(c);
        if (plain || (c == '.' && keepDots))
            out += c;
        else if (c != '.')
            out.append({'%', hex[byte >> 4], hex[byte & 15]});
    }
}

} // namespace

Urls::Urls(const Member& member, std::string_view baseUrl, const UrlSettings& settings)
    : rule_(member.path), keepDots_(settings.keepDots), ownPaths_(member.ownPaths)
{
    std::string base = checked(baseUrl);
    if (rule_ == PathRule::azure)
    {
        routeAzure(std::move(base), settings);
        return;
    }
    const bool versioned =
        rule_ == PathRule::versionedBase || (rule_ == PathRule::openai && base.starts_with(kCloudflareGateway));
    query_ = rule_ != PathRule::ownPaths;
    // The client's path brings its /v1 along: whoever typed it into the base URL meant the same place.
    if (!versioned && query_) cutEnd(base, kVersion);
    for (size_t i = 0; i < kOperationCount; ++i)
    {
        const Operation operation = static_cast<Operation>(i);
        if (!(member.operations & only(operation))) continue;
        std::string_view path = clientPathOf(operation);
        if (versioned) path.remove_prefix(kVersion.size());
        if (rule_ == PathRule::ownPaths)
        {
            path = {};
            for (const OwnPath& own : ownPaths_)
                if (own.operation == operation && own.modelPrefix.empty()) path = own.path;
        }
        if (!path.empty()) at(operation).prefix = base + std::string(path);
    }
    base_ = std::move(base);
}

void Urls::routeAzure(std::string base, const UrlSettings& settings)
{
    const bool gateway = base.starts_with(kCloudflareGateway);
    // People copy the address with what the portal shows behind it.
    const bool versioned = cutEnd(base, "/openai/v1");
    if (!cutEnd(base, "/openai/deployments")) cutEnd(base, "/openai");
    cutSlashes(base);

    std::string_view version = settings.apiVersion;
    if (version.empty()) version = versioned ? kVersion.substr(1) : kAzureDefaultVersion;
    deployments_ = version != "v1" && version != "preview";
    const std::string query = version == "v1" ? std::string() : "?api-version=" + std::string(version);
    for (const Operation operation : {Operation::chat, Operation::completions, Operation::embeddings})
    {
        const std::string task(clientPathOf(operation).substr(kVersion.size()));
        if (deployments_)
            at(operation) = {base + (gateway ? "/" : "/openai/deployments/"), task + query};
        else
            at(operation) = {base + "/openai/v1" + task + query, {}};
    }
    at(Operation::models) = {base + (deployments_ ? "/openai/models" : "/openai/v1/models") + query, {}};
}

std::string_view Urls::find(Operation operation, std::string_view target, std::string_view model,
                            std::string& scratch) const
{
    const Route& route = routes_[static_cast<size_t>(operation)];
    if (deployments_ && operation != Operation::models)
    {
        if (route.prefix.empty()) return {};
        scratch = route.prefix;
        appendSegment(scratch, model, keepDots_);
        scratch += route.suffix;
        return scratch;
    }
    for (const OwnPath& own : ownPaths_)
        if (own.operation == operation && !own.modelPrefix.empty() && model.starts_with(own.modelPrefix))
            return scratch = base_ + std::string(own.path);
    if (route.prefix.empty()) return {};
    const size_t query = query_ && operation != Operation::models ? target.find('?') : std::string_view::npos;
    if (query == std::string_view::npos) return route.prefix;
    return scratch = route.prefix + std::string(target.substr(query));
}

} // namespace switchyard::openai
