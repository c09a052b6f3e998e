// IP addresses with a port, and which of them a client-given URL may lead to. Pure functions, any thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

struct sockaddr;
struct sockaddr_storage;

namespace switchyard::net
{

/// An IPv4 or IPv6 address with port and scope, or none (a unix socket's peer).
struct IpAddress
{
    enum class Family : uint8_t
    {
        none,
        v4,
        v6
    };

    Family family = Family::none;
    uint16_t port = 0;
    uint32_t scope = 0;
    std::array<uint8_t, 16> bytes{}; ///< network order; IPv4 uses the first four

    bool operator==(const IpAddress&) const = default;

    /// A literal without brackets: `127.0.0.1`, `::1`, `fe80::1%2`. Strict dotted quads only.
    static std::optional<IpAddress> parse(std::string_view literal, uint16_t port = 0);
    static IpAddress from(const sockaddr* address) noexcept;
    /// The length of what was written to `out`.
    unsigned toSockaddr(sockaddr_storage& out) const noexcept;

    std::string text() const;         ///< without port and brackets
    std::string textWithPort() const; ///< `127.0.0.1:80`, `[::1]:80`

    /// Whether the public internet reaches it: false for private, loopback, link-local, shared (CGNAT), documentation,
    /// benchmarking, multicast, reserved and unspecified ranges (RFC 6890), and for IPv6 forms that carry such an IPv4
    /// address (mapped, compatible, NAT64, 6to4, Teredo).
    bool isPublic() const noexcept;
    bool isLoopback() const noexcept;
};

/// `network/bits` or a single address, as in NO_PROXY, `subnet` of tokens, trusted proxies.
struct Cidr
{
    IpAddress network;
    unsigned bits = 0;
    static std::optional<Cidr> parse(std::string_view text);
    bool contains(const IpAddress& address) const noexcept; ///< a v4-mapped address is taken as IPv4
};

} // namespace switchyard::net
