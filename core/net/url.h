// Url: an absolute http or https URL, taken apart and otherwise left as it is. Pure, any thread.
#pragma once

#include "base/result.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace switchyard::net
{

/// Parses strictly and changes nothing: target() is byte for byte what was given. Refused are other schemes, user
/// names, empty or odd hosts, ports over 65535, control bytes, blanks and bytes over 0x7E anywhere. A fragment is cut
/// off.
class Url
{
public:
    Url() = default;
    /// The error is a sentence that names what is wrong (not the whole URL: it may carry a key).
    static Result<Url, std::string> parse(std::string_view text);
    /// For proxy URLs: the scheme may be any of `http https socks5 socks5h`, user name and password are allowed.
    static Result<Url, std::string> parseProxy(std::string_view text);

    /// The whole URL without user part and fragment.
    std::string_view text() const noexcept { return text_; }
    std::string_view scheme() const noexcept { return std::string_view(text_).substr(0, schemeLength_); }
    bool secure() const noexcept { return secure_; }
    /// Lower case, without brackets; an IPv6 literal keeps its form.
    std::string_view host() const noexcept { return host_; }
    bool hostIsV6() const noexcept { return hostIsV6_; }
    uint16_t port() const noexcept { return port_; }
    bool portIsDefault() const noexcept { return portIsDefault_; }
    /// Path and query for a request line; `/` when the URL has none.
    std::string_view target() const noexcept;
    /// For the Host header: host, in brackets where needed, and the port unless it is the scheme's.
    std::string_view authority() const noexcept { return authority_; }
    std::string_view user() const noexcept { return user_; }         ///< percent-decoded; proxies only
    std::string_view password() const noexcept { return password_; } ///< percent-decoded; proxies only
    bool empty() const noexcept { return text_.empty(); }

private:
    static Result<Url, std::string> parse(std::string_view text, bool proxy);

    std::string text_; // with the fragment and the user part cut off
    std::string host_;
    std::string authority_;
    std::string user_;
    std::string password_;
    uint32_t targetAt_ = 0;
    uint16_t port_ = 0;
    uint8_t schemeLength_ = 0;
    bool secure_ = false;
    bool hostIsV6_ = false;
    bool portIsDefault_ = true;
};

} // namespace switchyard::net
