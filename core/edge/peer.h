// From the network's form of an address to that of the accounts.
#pragma once

#include "accounts/ip_address.h"
#include "net/address.h"

namespace switchyard::edge
{

/// The peer of a unix socket counts as loopback.
accounts::IpAddress addressOf(const net::IpAddress& peer) noexcept;

} // namespace switchyard::edge
