#include "net/address.h"

#include "base/text.h"

#include <arpa/inet.h>
#include <cstring>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace switchyard::net
{

namespace
{

bool inPrefix(const uint8_t* bytes, const uint8_t* network, unsigned bits) noexcept
{
    const unsigned whole = bits / 8;
    if (std::memcmp(bytes, network, whole) != 0) return false;
    const unsigned rest = bits % 8;
    if (rest == 0) return true;
    const auto mask = static_cast<uint8_t>(0xFF << (8 - rest));
    return (bytes[whole] & mask) == (network[whole] & mask);
}

struct Range4
{
    uint8_t network[4];
    unsigned bits;
};

// RFC 6890 and its registry: what no public server has.
constexpr Range4 kNotPublic4[] = {
    {{0, 0, 0, 0}, 8},      {{10, 0, 0, 0}, 8},     {{100, 64, 0, 0}, 10}, {{127, 0, 0, 0}, 8},
    {{169, 254, 0, 0}, 16}, {{172, 16, 0, 0}, 12},  {{192, 0, 0, 0}, 24},  {{192, 0, 2, 0}, 24},
    {{192, 88, 99, 0}, 24}, {{192, 168, 0, 0}, 16}, {{198, 18, 0, 0}, 15}, {{198, 51, 100, 0}, 24},
    {{203, 0, 113, 0}, 24}, {{224, 0, 0, 0}, 4},    {{240, 0, 0, 0}, 4},
};

bool isPublic4(const uint8_t* bytes) noexcept
{
    for (const Range4& range : kNotPublic4)
        if (inPrefix(bytes, range.network, range.bits)) return false;
    return true;
}

struct Range6
{
    uint8_t network[16];
    unsigned bits;
};

constexpr Range6 kGlobal6 = {{0x20}, 3}; // 2000::/3: all that has been given out
constexpr Range6 kNotPublic6[] = {
    {{0x20, 0x01, 0x00, 0x00}, 23}, // IETF protocol assignments, Teredo among them
    {{0x20, 0x01, 0x0d, 0xb8}, 32}, // documentation
    {{0x20, 0x02}, 16},             // 6to4: leads to an IPv4 address
    {{0x3f, 0xff}, 20},             // documentation (RFC 9637)
};
constexpr Range6 kMapped = {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96};
constexpr Range6 kNat64 = {{0x00, 0x64, 0xff, 0x9b}, 96};

} // namespace

std::optional<IpAddress> IpAddress::parse(std::string_view literal, uint16_t port)
{
    char text[INET6_ADDRSTRLEN + 1];
    IpAddress address;
    address.port = port;
    if (const size_t mark = literal.find('%'); mark != std::string_view::npos)
    {
        const std::string zone(literal.substr(mark + 1));
        const auto number = parseInt(zone);
        address.scope = number && *number > 0 ? static_cast<uint32_t>(*number) : if_nametoindex(zone.c_str());
        if (address.scope == 0) return std::nullopt;
        literal = literal.substr(0, mark);
        if (literal.find(':') == std::string_view::npos) return std::nullopt;
    }
    if (literal.empty() || literal.size() >= sizeof(text)) return std::nullopt;
    std::memcpy(text, literal.data(), literal.size());
    text[literal.size()] = 0;
    if (inet_pton(AF_INET, text, address.bytes.data()) == 1)
        address.family = Family::v4;
    else if (inet_pton(AF_INET6, text, address.bytes.data()) == 1)
        address.family = Family::v6;
    else
        return std::nullopt;
    return address;
}

IpAddress IpAddress::from(const sockaddr* address) noexcept
{
    IpAddress out;
    if (address->sa_family == AF_INET)
    {
        sockaddr_in in{};
        std::memcpy(&in, address, sizeof(in));
        out.family = Family::v4;
        out.port = ntohs(in.sin_port);
        std::memcpy(out.bytes.data(), &in.sin_addr, 4);
    }
    else if (address->sa_family == AF_INET6)
    {
        sockaddr_in6 in{};
        std::memcpy(&in, address, sizeof(in));
        out.port = ntohs(in.sin6_port);
        const auto* bytes = reinterpret_cast<const uint8_t*>(&in.sin6_addr);
        if (inPrefix(bytes, kMapped.network, kMapped.bits)) // a dual-stack listener's IPv4 client
        {
            out.family = Family::v4;
            std::memcpy(out.bytes.data(), bytes + 12, 4);
            return out;
        }
        out.family = Family::v6;
        out.scope = in.sin6_scope_id;
        std::memcpy(out.bytes.data(), bytes, 16);
    }
    return out;
}

unsigned IpAddress::toSockaddr(sockaddr_storage& out) const noexcept
{
    std::memset(&out, 0, sizeof(out));
    if (family == Family::v4)
    {
        sockaddr_in in{};
        in.sin_family = AF_INET;
        in.sin_port = htons(port);
        std::memcpy(&in.sin_addr, bytes.data(), 4);
        std::memcpy(&out, &in, sizeof(in));
        return sizeof(in);
    }
    sockaddr_in6 in{};
    in.sin6_family = AF_INET6;
    in.sin6_port = htons(port);
    in.sin6_scope_id = scope;
    std::memcpy(&in.sin6_addr, bytes.data(), 16);
    std::memcpy(&out, &in, sizeof(in));
    return sizeof(in);
}

std::string IpAddress::text() const
{
    char out[INET6_ADDRSTRLEN];
    if (family == Family::none) return "local";
    if (!inet_ntop(family == Family::v4 ? AF_INET : AF_INET6, bytes.data(), out, sizeof(out))) return {};
    return out;
}

std::string IpAddress::textWithPort() const
{
    if (family == Family::none) return "local";
    const std::string number = std::to_string(port);
    return family == Family::v4 ? text() + ":" + number : "[" + text() + "]:" + number;
}

bool IpAddress::isLoopback() const noexcept
{
    if (family == Family::v4) return bytes[0] == 127;
    if (family != Family::v6) return false;
    if (inPrefix(bytes.data(), kMapped.network, kMapped.bits)) return bytes[12] == 127;
    for (size_t i = 0; i < 15; ++i)
        if (bytes[i]) return false;
    return bytes[15] == 1;
}

bool IpAddress::isPublic() const noexcept
{
    if (family == Family::v4) return isPublic4(bytes.data());
    if (family != Family::v6) return false;
    if (inPrefix(bytes.data(), kMapped.network, kMapped.bits)) return isPublic4(bytes.data() + 12);
    if (inPrefix(bytes.data(), kNat64.network, kNat64.bits)) return isPublic4(bytes.data() + 12);
    if (!inPrefix(bytes.data(), kGlobal6.network, kGlobal6.bits)) return false;
    for (const Range6& range : kNotPublic6)
        if (inPrefix(bytes.data(), range.network, range.bits)) return false;
    return true;
}

std::optional<Cidr> Cidr::parse(std::string_view text)
{
    const size_t slash = text.find('/');
    auto network = IpAddress::parse(text.substr(0, slash));
    if (!network) return std::nullopt;
    const unsigned most = network->family == IpAddress::Family::v4 ? 32 : 128;
    unsigned bits = most;
    if (slash != std::string_view::npos)
    {
        const auto number = parseInt(text.substr(slash + 1));
        if (!number || *number < 0 || *number > most) return std::nullopt;
        bits = static_cast<unsigned>(*number);
    }
    return Cidr{*network, bits};
}

bool Cidr::contains(const IpAddress& address) const noexcept
{
    const uint8_t* bytes = address.bytes.data();
    auto family = address.family;
    if (family == IpAddress::Family::v6 && network.family == IpAddress::Family::v4 &&
        inPrefix(bytes, kMapped.network, kMapped.bits))
    {
        bytes += 12;
        family = IpAddress::Family::v4;
    }
    return family == network.family && inPrefix(bytes, network.bytes.data(), bits);
}

} // namespace switchyard::net
