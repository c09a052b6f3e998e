#include "wish.h"

#include "text.h"

namespace switchyard::demo
{

namespace
{

struct FailureRow
{
    int first, last;
    Cause cause;
    Scope scope;
    int64_t retryAfterMs;
    const char* type;
    const char* code;
    const char* message;
};

// clang-format off
constexpr FailureRow kFailures[] = {
    {401, 401, Cause::auth, Scope::key, 0, "authentication_error", "invalid_api_key", "The demo model refuses the key, as asked."},
    {402, 402, Cause::quota, Scope::key, 0, "insufficient_quota", "insufficient_quota", "The demo account is out of money, as asked."},
    {403, 403, Cause::auth, Scope::key, 0, "permission_error", "permission_denied", "The demo model forbids this, as asked."},
    {404, 404, Cause::noModel, Scope::model, 0, "invalid_request_error", "model_not_found", "The demo model is not there, as asked."},
    {408, 408, Cause::timeout, Scope::channel, 0, "timeout", "timeout", "The demo model took too long, as asked."},
    {413, 413, Cause::tooLong, Scope::request, 0, "invalid_request_error", "context_length_exceeded", "This does not fit the demo model, as asked."},
    {429, 429, Cause::rate, Scope::key, 1000, "rate_limit_error", "rate_limit_exceeded", "Too many requests to the demo model, as asked."},
    {400, 499, Cause::badRequest, Scope::request, 0, "invalid_request_error", "invalid_request", "The demo model refuses this request, as asked."},
    {503, 503, Cause::overloaded, Scope::channel, 1000, "server_error", "overloaded", "The demo model is overloaded, as asked."},
    {504, 504, Cause::timeout, Scope::channel, 0, "server_error", "timeout", "The demo model took too long, as asked."},
    {500, 599, Cause::upstreamBroken, Scope::channel, 0, "server_error", "internal_error", "The demo model broke down, as asked."},
};
// clang-format on

} // namespace

Wish wishIn(std::string_view said)
{
    const std::string text = lowered(said);
    constexpr std::string_view fail = "please fail with ";
    if (const size_t at = text.find(fail); at != std::string::npos)
    {
        int status = 0;
        for (size_t i = at + fail.size();
             i < text.size() && i < at + fail.size() + 3 && text[i] >= '0' && text[i] <= '9'; ++i)
            status = status * 10 + (text[i] - '0');
        if (status >= 400 && status <= 599) return {Wish::Kind::fail, status};
    }
    if (text.find("please hang") != std::string::npos) return {Wish::Kind::hang, 0};
    if (text.find("please cut the stream") != std::string::npos) return {Wish::Kind::cut, 0};
    return {};
}

ErrorReport failureFor(int status)
{
    ErrorReport why;
    why.httpStatus = status;
    for (const FailureRow& row : kFailures)
        if (status >= row.first && status <= row.last)
        {
            why.cause = row.cause;
            why.scope = row.scope;
            why.retryAfterMs = row.retryAfterMs;
            why.type = row.type;
            why.code = row.code;
            why.message = row.message;
            break;
        }
    return why;
}

} // namespace switchyard::demo
