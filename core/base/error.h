// The one error type that reaches a client (architecture.md, Errors).
#pragma once

#include <string>

namespace switchyard
{

/// What went wrong with a request, in the words of the API: rendered by the relay in the dialect that the client speaks.
/// `message` says what happened, which channel or balance it concerns and what to do; it never shows a key.
struct ApiError
{
    int status = 500;         ///< HTTP status
    std::string type;         ///< `one_api_error`, `invalid_request_error`, `upstream_error` ... (relay.md 3, 5, 8)
    std::string code;         ///< machine-readable; empty renders as null
    std::string message;      ///< for people
    std::string param;        ///< the offending field; empty renders as ""
    int retryAfterSeconds = 0; ///< 0: no Retry-After header
    std::string codeJson;     ///< upstream's `code` verbatim when it was not a string (a number, null); wins over `code`
};

} // namespace switchyard
