// What an exchange is about: the request as the relay has prepared it for one attempt.
#pragma once

#include <switchyard/provider.h>

#include <cstdint>
#include <span>
#include <string_view>

namespace switchyard::providers
{

/// What the plug-in is told in its start event. All views stay valid until the pump has returned, or,
/// where the exchange forwards, until the sink is committed.
struct ExchangeRequest
{
    std::string_view operation;      ///< SWY_OP_...
    std::string_view dialect;        ///< of `body`
    std::string_view model;          ///< to send upstream: the channel's mapping has been applied
    std::string_view requestedModel; ///< the name that the client used
    std::string_view body;           ///< followed by at least 64 readable bytes
    std::span<const swy_member_t> members;
    std::span<const swy_part_t> parts;
    std::span<const swy_header_t> headers; ///< the client's, those that may go upstream
    std::string_view method;
    std::string_view target;
    std::string_view contentType;
    std::string_view requestId;
    std::string_view credentialName; ///< operation "credential"
    uint32_t attempt = 1;
    bool stream = false;
    bool wantsUsage = false; ///< the client asked for usage inside its stream
};

/// What one exchange may use. The defaults are the gateway's.
struct ExchangeLimits
{
    uint64_t maxOutputPerEvent = uint64_t{64} << 20; ///< bytes that the actions of one event may hand over
    uint64_t maxWhole = uint64_t{64} << 20;          ///< a body that the plug-in wants whole
    uint64_t maxArena = uint64_t{16} << 20;          ///< what swy_actions_t.alloc gives in all
    uint32_t maxKept = uint32_t{64} << 10;           ///< of an answer, for a forward that is decided late
    uint32_t maxParallel = 8;                        ///< requests open at once; more wait
};

} // namespace switchyard::providers
