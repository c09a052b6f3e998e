#include "relay/texts.h"

#include <string>

namespace switchyard::relay
{

ApiError invalidUrl(std::string_view method, std::string_view path)
{
    ApiError error;
    error.status = 404;
    error.type = "invalid_request_error";
    error.codeJson = "\"\""; // relay.md 1: an empty text, not null
    error.message = "Invalid URL (" + std::string(method) + " " + std::string(path) + ")";
    return error;
}

ApiError notImplemented(accounts::Language language)
{
    static constexpr accounts::Text kText{"This address is not served by this version of the gateway.",
                                          "此版本的网关尚不支持该接口。"};
    ApiError error;
    error.status = 501;
    error.type = "one_api_error";
    error.code = "api_not_implemented";
    error.message = kText.in(language);
    return error;
}

ApiError internalError()
{
    ApiError error;
    error.status = 500;
    error.type = "one_api_panic";
    error.code = "internal_error";
    error.message = "The gateway made a mistake while it served this request. Its log says more under the request id.";
    return error;
}

ApiError bodyError(const net::NetError& error, size_t limit)
{
    ApiError api;
    api.status = error.status;
    api.type = "invalid_request_error";
    switch (error.status)
    {
    case 413:
        api.code = "request_too_large";
        api.message = "The request body is larger than " + std::to_string(limit) + " bytes. Send less, or ask the administrator to raise the limit.";
        break;
    case 408:
        api.code = "request_timeout";
        api.message = "The request body did not arrive in time. Send it without long pauses.";
        break;
    case 415:
        api.code = "unsupported_content_encoding";
        api.message = "The body's Content-Encoding is not supported. Use gzip, deflate or none.";
        break;
    default:
        api.code = "bad_request_body";
        api.message = "The request body could not be read: " + error.text;
        break;
    }
    return api;
}

} // namespace switchyard::relay
