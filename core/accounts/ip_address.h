// IP addresses, networks, and which address a request really comes from.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace switchyard::accounts
{

/// IPv6, or IPv4 in its mapped form (::ffff:a.b.c.d), so that both compare as the same 16 bytes.
class IpAddress
{
public:
    IpAddress() noexcept = default; ///< ::
    /// A literal without brackets, zone or port; nothing else.
    static std::optional<IpAddress> parse(std::string_view text) noexcept;
    /// 127.0.0.1: what a peer on a unix socket counts as.
    static IpAddress loopback() noexcept;
    static IpAddress fromBytes(const std::array<unsigned char, 16>& bytes) noexcept;

    bool isV4() const noexcept;
    const std::array<unsigned char, 16>& bytes() const noexcept { return bytes_; }
    std::string text() const;
    bool operator==(const IpAddress&) const noexcept = default;

private:
    std::array<unsigned char, 16> bytes_{};
};

/// A CIDR network; an address without a length is a network of one.
class IpNetwork
{
public:
    static std::optional<IpNetwork> parse(std::string_view text) noexcept;
    bool contains(const IpAddress& address) const noexcept;

private:
    IpAddress base_;
    int prefix_ = 128;
};

/// Whether `address` is in one of the comma separated CIDRs; what is no CIDR matches nothing (relay.md 3, check 8).
bool inSubnets(const IpAddress& address, std::string_view subnets) noexcept;

/// Peers whose X-Forwarded-For is believed.
class TrustedProxies
{
public:
    TrustedProxies(); ///< loopback, private, link-local and unique-local networks
    explicit TrustedProxies(std::vector<IpNetwork> networks) : networks_(std::move(networks)) {}
    bool contains(const IpAddress& address) const noexcept;

private:
    std::vector<IpNetwork> networks_;
};

/// The client's address: `peer` itself unless it is a trusted proxy; then the right-most entry of X-Forwarded-For that
/// is no trusted proxy (the left-most if all are), else X-Real-IP, else `peer`. A header with an invalid entry counts
/// as absent. Empty texts mean absent headers.
IpAddress clientAddress(const IpAddress& peer, std::string_view forwardedFor, std::string_view realIp,
                        const TrustedProxies& trusted) noexcept;

} // namespace switchyard::accounts
