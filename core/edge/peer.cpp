#include "edge/peer.h"

#include <algorithm>

namespace switchyard::edge
{

accounts::IpAddress addressOf(const net::IpAddress& peer) noexcept
{
    if (peer.family == net::IpAddress::Family::none) return accounts::IpAddress::loopback();
    std::array<unsigned char, 16> bytes{};
    if (peer.family == net::IpAddress::Family::v6)
        std::copy(peer.bytes.begin(), peer.bytes.end(), bytes.begin());
    else
    {
        bytes[10] = bytes[11] = 0xFF; // the mapped form of RFC 4291 2.5.5.2
        std::copy_n(peer.bytes.begin(), 4, bytes.begin() + 12);
    }
    return accounts::IpAddress::fromBytes(bytes);
}

} // namespace switchyard::edge
