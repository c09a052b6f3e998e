// NetError: what went wrong on the network, in classes that callers decide by and a text that names host and cause.
#pragma once

#include "base/result.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace switchyard::net
{

enum class ErrorClass : uint8_t
{
    dns,            ///< the name has no address
    connect,        ///< no connection: refused, unreachable, proxy said no
    tls,            ///< handshake or certificate
    timeout,        ///< see Timeout
    reset,          ///< the connection broke
    closed,         ///< the peer closed where more had to come; on a server connection between requests: the normal end
    protocol,       ///< what came is not HTTP, or HTTP that the gate refuses
    tooLarge,       ///< head or body over its limit
    cancelled,      ///< by a Cancellation
    refusedAddress, ///< the address rule forbids where the name leads
    unsupported     ///< asked for something that is not offered (a proxy scheme)
};

/// Which deadline passed.
enum class Timeout : uint8_t
{
    none,
    connect,
    firstByte,
    stall, ///< between two reads
    write, ///< the peer takes nothing
    total
};

struct NetError
{
    ErrorClass kind = ErrorClass::closed;
    Timeout which = Timeout::none;
    /// Server side: the status that an answer should have (400, 408, 413, 414, 417, 431, 501, 505), or 0: there is
    /// nobody left to answer. Client side: 0.
    int status = 0;
    /// For people: names host and cause, never a credential.
    std::string text;
};

/// `dns`, `connect` ... as the ABI and the logs write them.
std::string_view name(ErrorClass kind) noexcept;
std::string_view name(Timeout which) noexcept;

/// A Failure to return from a function that yields Result<..., NetError>.
inline Failure<NetError> netFailure(ErrorClass kind, std::string text, Timeout which = Timeout::none, int status = 0)
{
    return {NetError{kind, which, status, std::move(text)}};
}

} // namespace switchyard::net
