#include "net/url.h"

#include "base/text.h"

#include "net/address.h"

namespace switchyard::net
{

namespace
{

bool isHostByte(char c) noexcept
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '.' ||
           c == '_';
}

bool isNameHost(std::string_view host) noexcept
{
    if (host.empty() || host.size() > 253 || host.front() == '.' || host.find("..") != std::string_view::npos)
        return false;
    for (char c : host)
        if (!isHostByte(c)) return false;
    return true;
}

// Digits and dots alone are an address or nothing: `127.1` and `2130706433` mean different things to different
// resolvers.
bool looksNumeric(std::string_view host) noexcept
{
    const size_t dot = host.rfind('.');
    std::string_view last = dot == std::string_view::npos ? host : host.substr(dot + 1);
    if (last.empty() && dot != std::string_view::npos) // `127.0.0.1.`
        last = host.substr(0, dot).substr(host.substr(0, dot).rfind('.') + 1);
    if (startsWithIgnoreCase(last, "0x")) return true;
    for (char c : last)
        if (c < '0' || c > '9') return false;
    return !last.empty();
}

std::optional<std::string> percentDecoded(std::string_view text)
{
    auto digit = [](char c)
    {
        if (c >= '0' && c <= '9') return c - '0';
        if (c >= 'a' && c <= 'f') return c - 'a' + 10;
        if (c >= 'A' && c <= 'F') return c - 'A' + 10;
        return -1;
    };
    std::string out;
    for (size_t i = 0; i < text.size(); ++i)
    {
        if (text[i] != '%')
        {
            out += text[i];
            continue;
        }
        if (i + 2 >= text.size()) return std::nullopt;
        const int high = digit(text[i + 1]);
        const int low = digit(text[i + 2]);
        if (high < 0 || low < 0) return std::nullopt;
        out += static_cast<char>(high * 16 + low);
        i += 2;
    }
    return out;
}

uint16_t defaultPort(std::string_view scheme) noexcept
{
    if (scheme == "http") return 80;
    if (scheme == "https") return 443;
    return 1080; // socks5, socks5h
}

} // namespace

Result<Url, std::string> Url::parse(std::string_view text) { return parse(text, false); }
Result<Url, std::string> Url::parseProxy(std::string_view text) { return parse(text, true); }

Result<Url, std::string> Url::parse(std::string_view text, bool proxy)
{
    for (char c : text)
        if (static_cast<unsigned char>(c) <= 0x20 || static_cast<unsigned char>(c) >= 0x7F)
            return failure(std::string("the URL has a blank, a control byte or a byte that is no ASCII"));
    if (text.size() > 16 * 1024) return failure(std::string("the URL is longer than 16 KiB"));
    text = text.substr(0, text.find('#'));
    const size_t colon = text.find("://");
    if (colon == std::string_view::npos) return failure(std::string("the URL has no scheme (https://...)"));
    const std::string scheme = lowerAscii(text.substr(0, colon));
    const bool known = scheme == "http" || scheme == "https" || (proxy && (scheme == "socks5" || scheme == "socks5h"));
    if (!known)
        return failure(std::string(proxy ? "a proxy's scheme is one of http, https, socks5, socks5h"
                                         : "the URL's scheme is neither http nor https"));

    Url url;
    url.schemeLength_ = static_cast<uint8_t>(scheme.size());
    url.secure_ = scheme == "https";
    std::string_view rest = text.substr(colon + 3);
    const size_t pathAt = std::min(rest.find_first_of("/?"), rest.size());
    std::string_view authority = rest.substr(0, pathAt);
    const std::string_view target = rest.substr(pathAt);

    if (const size_t at = authority.rfind('@'); at != std::string_view::npos)
    {
        if (!proxy) return failure(std::string("the URL has a user name in it"));
        const std::string_view user = authority.substr(0, at);
        const size_t mark = user.find(':');
        auto name = percentDecoded(user.substr(0, mark));
        auto password =
            mark == std::string_view::npos ? std::optional<std::string>("") : percentDecoded(user.substr(mark + 1));
        if (!name || !password || name->size() > 255 || password->size() > 255)
            return failure(std::string("the user name or password in the URL is malformed"));
        url.user_ = std::move(*name);
        url.password_ = std::move(*password);
        authority = authority.substr(at + 1);
    }

    std::string_view host = authority;
    std::string_view port;
    bool hasPort = false;
    if (authority.starts_with('['))
    {
        const size_t end = authority.find(']');
        if (end == std::string_view::npos) return failure(std::string("the URL's host has no closing bracket"));
        host = authority.substr(1, end - 1);
        const std::string_view behind = authority.substr(end + 1);
        hasPort = behind.starts_with(':');
        if (!hasPort && !behind.empty()) return failure(std::string("the URL's host is malformed"));
        if (hasPort) port = behind.substr(1);
        const auto literal = IpAddress::parse(host);
        if (!literal || literal->family != IpAddress::Family::v6 || literal->scope)
            return failure(std::string("the URL's IPv6 address is malformed"));
        url.hostIsV6_ = true;
    }
    else
    {
        if (const size_t mark = authority.find(':'); mark != std::string_view::npos)
        {
            hasPort = true;
            host = authority.substr(0, mark);
            port = authority.substr(mark + 1);
        }
        if (!isNameHost(host))
            return failure(std::string("the URL's host is empty or has bytes that host names cannot have"));
        if (looksNumeric(host) && !IpAddress::parse(host))
            return failure(std::string("the URL's IPv4 address is malformed"));
    }
    url.port_ = defaultPort(scheme);
    if (hasPort)
    {
        const auto number = port.size() <= 5 && !port.empty() && port[0] != '-' ? parseInt(port) : std::nullopt;
        if (!number || *number < 1 || *number > 65535)
            return failure(std::string("the URL's port is not between 1 and 65535"));
        url.portIsDefault_ = url.port_ == *number;
        url.port_ = static_cast<uint16_t>(*number);
    }
    url.host_ = lowerAscii(host);
    url.authority_ = url.hostIsV6_ ? "[" + url.host_ + "]" : url.host_;
    if (!url.portIsDefault_) url.authority_ += ":" + std::to_string(url.port_);
    url.text_ = scheme + "://" + url.authority_;
    url.targetAt_ = static_cast<uint32_t>(url.text_.size());
    if (target.empty() || target.front() == '?') url.text_ += '/';
    url.text_ += target;
    return url;
}

std::string_view Url::target() const noexcept { return std::string_view(text_).substr(targetAt_); }

} // namespace switchyard::net
