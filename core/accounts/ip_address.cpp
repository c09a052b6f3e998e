#include "accounts/ip_address.h"

#include "base/text.h"

#include <algorithm>
#include <arpa/inet.h>
#include <cstring>

namespace switchyard::accounts
{

namespace
{

constexpr std::array<unsigned char, 12> kMappedPrefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};

} // namespace

std::optional<IpAddress> IpAddress::parse(std::string_view text) noexcept
{
    char literal[INET6_ADDRSTRLEN];
    if (text.empty() || text.size() >= sizeof(literal)) return std::nullopt;
    std::memcpy(literal, text.data(), text.size());
    literal[text.size()] = '\0';
    if (std::strlen(literal) != text.size()) return std::nullopt;
    IpAddress address;
    if (inet_pton(AF_INET, literal, address.bytes_.data() + 12) == 1)
    {
        std::copy(kMappedPrefix.begin(), kMappedPrefix.end(), address.bytes_.begin());
        return address;
    }
    if (inet_pton(AF_INET6, literal, address.bytes_.data()) == 1) return address;
    return std::nullopt;
}

IpAddress IpAddress::loopback() noexcept
{
    IpAddress address;
    std::copy(kMappedPrefix.begin(), kMappedPrefix.end(), address.bytes_.begin());
    address.bytes_[12] = 127;
    address.bytes_[15] = 1;
    return address;
}

IpAddress IpAddress::fromBytes(const std::array<unsigned char, 16>& bytes) noexcept
{
    IpAddress address;
    address.bytes_ = bytes;
    return address;
}

bool IpAddress::isV4() const noexcept { return std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), bytes_.begin()); }

std::string IpAddress::text() const
{
    char literal[INET6_ADDRSTRLEN] = "";
    if (isV4())
        inet_ntop(AF_INET, bytes_.data() + 12, literal, sizeof(literal));
    else
        inet_ntop(AF_INET6, bytes_.data(), literal, sizeof(literal));
    return literal;
}

std::optional<IpNetwork> IpNetwork::parse(std::string_view text) noexcept
{
    const size_t slash = text.find('/');
    const auto base = IpAddress::parse(text.substr(0, slash));
    if (!base) return std::nullopt;
    IpNetwork network;
    network.base_ = *base;
    if (slash == std::string_view::npos) return network;
    const auto length = parseInt(text.substr(slash + 1));
    const bool writtenAsV4 = text.substr(0, slash).find(':') == std::string_view::npos;
    if (!length || *length < 0 || *length > (writtenAsV4 ? 32 : 128)) return std::nullopt;
    network.prefix_ = static_cast<int>(*length) + (writtenAsV4 ? 96 : 0);
    return network;
}

bool IpNetwork::contains(const IpAddress& address) const noexcept
{
    // An IPv4 address is in IPv4 networks only: ::/0 means every IPv6 address.
    if (address.isV4() != base_.isV4()) return false;
    const auto& a = base_.bytes();
    const auto& b = address.bytes();
    const size_t whole = static_cast<size_t>(prefix_) / 8;
    if (!std::equal(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(whole), b.begin())) return false;
    const int rest = prefix_ % 8;
    if (rest == 0) return true;
    const int mask = 0xFF << (8 - rest) & 0xFF;
    return (a[whole] & mask) == (b[whole] & mask);
}

bool inSubnets(const IpAddress& address, std::string_view subnets) noexcept
{
    while (!subnets.empty())
    {
        const size_t comma = subnets.find(',');
        const auto network = IpNetwork::parse(trim(subnets.substr(0, comma)));
        if (network && network->contains(address)) return true;
        if (comma == std::string_view::npos) return false;
        subnets.remove_prefix(comma + 1);
    }
    return false;
}

TrustedProxies::TrustedProxies()
{
    for (const char* network : {"127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16",
                                "::1/128", "fc00::/7", "fe80::/10"})
        networks_.push_back(*IpNetwork::parse(network));
}

bool TrustedProxies::contains(const IpAddress& address) const noexcept
{
    return std::any_of(networks_.begin(), networks_.end(), [&](const IpNetwork& n) { return n.contains(address); });
}

namespace
{

// Walks the chain from the nearest proxy outwards: what a proxy that we trust did not write itself proves nothing.
std::optional<IpAddress> outermost(std::string_view chain, const TrustedProxies& trusted) noexcept
{
    std::optional<IpAddress> client;
    while (!chain.empty())
    {
        const size_t comma = chain.rfind(',');
        const size_t start = comma == std::string_view::npos ? 0 : comma + 1;
        const auto entry = IpAddress::parse(trim(chain.substr(start)));
        if (!entry) return std::nullopt;
        client = entry;
        if (!trusted.contains(*entry)) return client;
        chain = chain.substr(0, comma == std::string_view::npos ? 0 : comma);
    }
    return client;
}

} // namespace

IpAddress clientAddress(const IpAddress& peer, std::string_view forwardedFor, std::string_view realIp,
                        const TrustedProxies& trusted) noexcept
{
    if ((forwardedFor.empty() && realIp.empty()) || !trusted.contains(peer)) return peer;
    if (const auto client = outermost(forwardedFor, trusted)) return *client;
    if (const auto client = IpAddress::parse(trim(realIp))) return *client;
    return peer;
}

} // namespace switchyard::accounts
