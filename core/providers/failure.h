// Why an exchange failed, in the ABI's terms; the relay decides from it whether to try the next candidate.
#pragma once

#include <cstdint>
#include <string>

namespace switchyard::providers
{

/// Values are those of SWY_CAUSE_...
enum class Cause : uint32_t
{
    badRequest = 1,
    auth,
    quota,
    rate,
    overloaded,
    noModel,
    filtered,
    tooLong,
    unsupported,
    upstreamBroken,
    timeout,
    internal
};

/// Values are those of SWY_SCOPE_...
enum class Scope : uint32_t
{
    request = 1,
    model,
    key,
    channel
};

struct Failure
{
    Cause cause = Cause::internal;
    Scope scope = Scope::channel;
    int httpStatus = 0;       ///< upstream's; 0: none, pick one that fits the cause
    int64_t retryAfterMs = 0; ///< 0: not told
    std::string type;         ///< upstream's error type; may be empty
    std::string code;         ///< upstream's code; may be empty
    std::string codeJson;     ///< upstream's code verbatim when it was not a string (number, null); wins over `code`
    std::string message;      ///< for people; never a key
    std::string param;
    std::string upstream; ///< upstream's bytes, for the log; at most 4 KiB
};

} // namespace switchyard::providers
