#include "channel.h"

#include <algorithm>

namespace switchyard::openai
{

using sdk::JsonView;

namespace
{

// Azure answers 400 to stream_options before this version (azure.md, 4).
constexpr std::string_view kAzureUsageOptionSince = "2024-09-01";
constexpr size_t kMostExtraHeaders = 16;

/// A text of the form; empty where it is not set.
std::string textOf(JsonView config, const char* field)
{
    const JsonView value = config[field];
    if (!value || value.isNull()) return {};
    if (!value.isString()) throw BadChannel(field, "must be a text");
    return value.text();
}

/// A switch of the form; a text "true" or "false" serves too, as scripts write it.
bool switchOf(JsonView config, const char* field, bool otherwise)
{
    const JsonView value = config[field];
    if (!value || value.isNull() || value.is("")) return otherwise;
    if (value.isTrue() || value.is("true")) return true;
    if (value.json() == "false" || value.is("false")) return false;
    throw BadChannel(field, "must be true or false");
}

UrlSettings urlSettings(const ChannelConfig& from, std::string& version)
{
    version = textOf(from.config, "api_version");
    for (const char c : version)
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '.'))
            throw BadChannel("api_version", "may hold letters, digits, '-' and '.' only, such as 2024-10-21");
    return {version, switchOf(from.config, "keep_dots", false)};
}

Urls makeUrls(const Member& member, const ChannelConfig& from)
{
    std::string version;
    const UrlSettings settings = urlSettings(from, version);
    return Urls(member, from.baseUrl, settings);
}

bool usageOption(const Member& member, const ChannelConfig& from)
{
    bool usual = !member.refusesUsageOption;
    if (member.path == PathRule::azure)
    {
        const std::string version = textOf(from.config, "api_version");
        if (!version.empty() && version[0] >= '0' && version[0] <= '9' && version < kAzureUsageOptionSince)
            usual = false;
    }
    return switchOf(from.config, "include_usage", usual);
}

std::string trimmed(std::string_view text)
{
    const size_t begin = text.find_first_not_of(" \t\r\n");
    if (begin == std::string_view::npos) return {};
    return std::string(text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1));
}

bool isToken(std::string_view name)
{
    return !name.empty() &&
           std::all_of(name.begin(), name.end(),
                       [](char c)
                       {
                           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                                  std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
                       });
}

bool sameName(std::string_view a, std::string_view b)
{
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) { return lower(x) == lower(y); });
}

// The host's, the request's own, and those that would carry a second key.
constexpr std::string_view kTaken[] = {"host",       "content-length",    "content-type",  "accept", "accept-encoding",
                                       "connection", "transfer-encoding", "authorization", "api-key"};

} // namespace

FamilyChannel::FamilyChannel(const ChannelConfig& from)
    : member_(static_cast<const Member*>(from.data)), urls_(makeUrls(*member_, from)), key_(trimmed(from.key)),
      asksForUsage_(usageOption(*member_, from))
{
    readKey(from);
    readHeaders(from.config);
}

void FamilyChannel::readKey(const ChannelConfig& from)
{
    Auth auth = member_->auth;
    const std::string wish = textOf(from.config, "auth");
    if (wish == "bearer")
        auth = Auth::bearer;
    else if (wish == "api-key")
        auth = Auth::apiKey;
    else if (wish == "none")
        auth = Auth::none;
    else if (!wish.empty())
        throw BadChannel("auth", "must be bearer, api-key or none");
    if (auth == Auth::none) return;
    if (key_.empty())
    {
        if (member_->keyOptional) return;
        throw BadChannel("key", "is missing; it looks like this: " + std::string(member_->keyHint));
    }
    if (auth == Auth::bearer)
        setHeader("key", "Authorization", "Bearer " + key_);
    else
        setHeader("key", "api-key", key_);
}

void FamilyChannel::readHeaders(JsonView config)
{
    const auto setUnlessEmpty = [this](const char* field, const char* name, std::string_view value)
    {
        if (!value.empty()) setHeader(field, name, value);
    };
    setUnlessEmpty("organization", "OpenAI-Organization", textOf(config, "organization"));
    setUnlessEmpty("project", "OpenAI-Project", textOf(config, "project"));
    if (member_->appName)
    {
        const bool named = config["app_name"] && !config["app_name"].isNull();
        setUnlessEmpty("app_name", "X-Title", named ? textOf(config, "app_name") : member_->appName);
        setUnlessEmpty("app_url", "HTTP-Referer", textOf(config, "app_url"));
    }

    const JsonView extra = config["headers"];
    if (!extra || extra.isNull() || extra.is("")) return;
    if (!extra.isObject()) throw BadChannel("headers", "must be an object of names and texts");
    size_t count = 0;
    for (const sdk::JsonMember& each : extra.members())
    {
        std::string name;
        sdk::appendJsonUnescaped(name, each.name);
        const std::string field = "headers." + name;
        if (!isToken(name)) throw BadChannel(field, "is no header name");
        for (const std::string_view taken : kTaken)
            if (sameName(name, taken))
                throw BadChannel(field, "is set by the gateway; the key belongs into the channel's key");
        if (!each.value.isString()) throw BadChannel(field, "must be a text");
        if (++count > kMostExtraHeaders) throw BadChannel("headers", "are more than 16");
        setHeader(field, name, each.value.text());
    }
}

/// A later header of one name takes the place of the earlier.
void FamilyChannel::setHeader(std::string_view field, std::string_view name, std::string_view value)
{
    for (const char c : value)
        if ((static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F)
            throw BadChannel(field, "holds a line break or another control character");
    for (auto& [known, text] : headers_)
        if (sameName(known, name))
        {
            text = std::string(value);
            return;
        }
    headers_.emplace_back(name, value);
}

} // namespace switchyard::openai
