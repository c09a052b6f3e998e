// Connecting to one of several addresses, and through proxies.
#pragma once

#include "net/address.h"
#include "net/error.h"
#include "net/stream.h"
#include "net/task.h"
#include "net/url.h"

#include <memory>
#include <string>
#include <vector>

namespace switchyard::net
{

/// Orders addresses so that the families take turns, beginning with that of the first (RFC 8305 4).
std::vector<IpAddress> interleaved(const std::vector<IpAddress>& addresses);

/// Milliseconds before the next address is tried beside the ones that have not answered (RFC 8305 5).
inline constexpr int64_t kStaggerMs = 250;

/// A TCP connection to the first address that answers: they are tried in turn, each kStaggerMs after the one before, or
/// at once when that fails. `host` is for error texts. Errors: connect, timeout (connect), cancelled.
Task<Result<std::unique_ptr<Stream>, NetError>> connectAny(Loop& loop, std::vector<IpAddress> addresses,
                                                           std::string host, Until until);

/// Asks an HTTP proxy for a tunnel to `authority` (host:port). Errors: connect (what the proxy answered), timeout,
/// reset, cancelled.
Task<Result<Done, NetError>> tunnelThroughHttp(Stream& stream, const Url& proxy, std::string authority, Until until);

/// Asks a SOCKS5 proxy (RFC 1928, 1929) to connect to `address` if that is set, else to `host` by name.
Task<Result<Done, NetError>> tunnelThroughSocks(Stream& stream, const Url& proxy, IpAddress address, std::string host,
                                                uint16_t port, Until until);

/// `user:password` of a proxy URL as a value for Proxy-Authorization; empty if it has none.
std::string proxyAuthorization(const Url& proxy);

} // namespace switchyard::net
