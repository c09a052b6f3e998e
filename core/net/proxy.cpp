#include "net/proxy.h"

#include "base/text.h"

#include <cstdlib>

namespace switchyard::net
{

namespace
{

// Schemes may be left away in these variables, as everywhere.
Result<Url, std::string> parseSetting(const std::string& name, std::string_view value)
{
    std::string text(trim(value));
    if (text.find("://") == std::string::npos) text = "http://" + text;
    auto url = Url::parseProxy(text);
    if (!url) return failure(name + ": " + url.error());
    return url;
}

// `host` is a subdomain of `domain`, or it.
bool within(std::string_view host, std::string_view domain) noexcept
{
    if (host.size() == domain.size()) return host == domain;
    return host.size() > domain.size() && host.ends_with(domain) && host[host.size() - domain.size() - 1] == '.';
}

} // namespace

Result<ProxyRules, std::string> ProxyRules::from(const Environment& environment)
{
    ProxyRules rules;
    if (auto relay = environment("RELAY_PROXY"); relay && !trim(*relay).empty())
    {
        rules.applyExceptions_ = false;
        if (equalsIgnoreCase(trim(*relay), "direct")) return rules;
        auto url = parseSetting("RELAY_PROXY", *relay);
        if (!url) return failure(url.error());
        rules.all_ = std::move(*url);
        return rules;
    }
    const bool underCgi = environment("REQUEST_METHOD").has_value();
    struct Setting
    {
        const char* upper;
        const char* lower;
        std::optional<Url>* into;
    };
    for (const Setting& setting :
         {Setting{"HTTP_PROXY", "http_proxy", &rules.http_}, Setting{"HTTPS_PROXY", "https_proxy", &rules.https_},
          Setting{"ALL_PROXY", "all_proxy", &rules.all_}})
    {
        auto value = environment(setting.lower);
        const char* name = setting.lower;
        if ((!value || value->empty()) && !(underCgi && setting.into == &rules.http_))
        {
            value = environment(setting.upper);
            name = setting.upper;
        }
        if (!value || trim(*value).empty()) continue;
        auto url = parseSetting(name, *value);
        if (!url) return failure(url.error());
        *setting.into = std::move(*url);
    }
    auto none = environment("no_proxy");
    if (!none || none->empty()) none = environment("NO_PROXY");
    for (std::string_view part : split(none ? std::string_view(*none) : std::string_view(), ','))
    {
        part = trim(part);
        if (part.empty()) continue;
        if (part == "*")
        {
            rules.never_ = true;
            continue;
        }
        Exception exception;
        exception.range = Cidr::parse(part);
        if (!exception.range)
        {
            std::string_view host = part;
            const size_t colon = host.rfind(':');
            if (colon != std::string_view::npos)
                if (auto port = parseInt(host.substr(colon + 1)); port && *port > 0 && *port < 65536)
                {
                    exception.port = static_cast<uint16_t>(*port);
                    host = host.substr(0, colon);
                }
            if (host.starts_with("*.")) host.remove_prefix(2);
            if (host.starts_with('.')) host.remove_prefix(1);
            if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
            exception.host = lowerAscii(host);
        }
        rules.exceptions_.push_back(std::move(exception));
    }
    return rules;
}

Result<ProxyRules, std::string> ProxyRules::fromProcess()
{
    return from(
        [](const char* name) -> std::optional<std::string>
        {
            const char* value = std::getenv(name);
            if (!value) return std::nullopt;
            return value;
        });
}

const Url* ProxyRules::proxyFor(const Url& target) const
{
    const auto literal = IpAddress::parse(target.host());
    if (within(target.host(), "localhost") || (literal && literal->isLoopback())) return nullptr;
    if (applyExceptions_)
    {
        if (never_) return nullptr;
        for (const Exception& exception : exceptions_)
        {
            if (exception.range)
            {
                if (literal && exception.range->contains(*literal)) return nullptr;
            }
            else if (within(target.host(), exception.host) && (exception.port == 0 || exception.port == target.port()))
                return nullptr;
        }
        const std::optional<Url>& own = target.secure() ? https_ : http_;
        if (own) return &*own;
    }
    return all_ ? &*all_ : nullptr;
}

} // namespace switchyard::net
