#include "relay/client.h"

#include "relay/error_render.h"

#include <array>

namespace switchyard::relay
{

Cors corsOf(std::string_view origin, std::string_view host) noexcept
{
    if (origin.empty()) return Cors::none;
    for (std::string_view scheme : {"http://", "https://"})
        if (origin.starts_with(scheme) && origin.substr(scheme.size()) == host) return Cors::none;
    return Cors::allowed;
}

Client::Client(net::ServerConnection& connection, std::string requestId, Cors cors, accounts::Language language)
    : connection_(connection), requestId_(std::move(requestId)), cors_(cors), language_(language)
{
}

std::vector<net::Header> Client::withCommon(std::span<const net::Header> headers) const
{
    std::vector<net::Header> all;
    all.reserve(headers.size() + 3);
    all.assign(headers.begin(), headers.end());
    all.push_back({"X-Oneapi-Request-Id", requestId_});
    if (cors_ == Cors::allowed)
    {
        all.push_back({"Access-Control-Allow-Origin", "*"});
        all.push_back({"Access-Control-Allow-Credentials", "true"});
    }
    return all;
}

void Client::begin(int status, std::span<const net::Header> headers, net::Framing framing, int64_t length)
{
    const auto all = withCommon(headers);
    status_ = status;
    connection_.begin(status, all, framing, length);
}

void Client::beginLines(int status, std::string_view lines, net::Framing framing, int64_t length)
{
    const std::array<std::string_view, 5> parts{
        lines, "X-Oneapi-Request-Id: ", requestId_, "\r\n",
        cors_ == Cors::allowed ? "Access-Control-Allow-Origin: *\r\nAccess-Control-Allow-Credentials: true\r\n" : ""};
    status_ = status;
    connection_.beginLines(status, parts, framing, length);
}

net::Task<net::Io> Client::respond(int status, std::string_view contentType, std::string_view body)
{
    const std::array<net::Header, 1> headers{{{"Content-Type", contentType}}};
    begin(status, headers, net::Framing::length, static_cast<int64_t>(body.size()));
    const std::array<std::string_view, 1> pieces{body};
    auto sending = connection_.send(pieces, net::ServerConnection::More::no);
    const net::Io sent = co_await sending;
    co_return sent;
}

net::Task<net::Io> Client::refuse(ApiError error) // by value: the coroutine outlives the caller's expression
{
    const std::string body = errorBody(error, requestId_);
    std::vector<net::Header> headers{{"Content-Type", "application/json; charset=utf-8"}};
    const std::string retryAfter = std::to_string(error.retryAfterSeconds);
    if (error.retryAfterSeconds > 0) headers.push_back({"Retry-After", retryAfter});
    begin(error.status, headers, net::Framing::length, static_cast<int64_t>(body.size()));
    const std::array<std::string_view, 1> pieces{body};
    auto sending = connection_.send(pieces, net::ServerConnection::More::no);
    const net::Io sent = co_await sending;
    co_return sent;
}

net::Task<net::Io> Client::answerPreflight()
{
    const std::array<net::Header, 3> headers{{{"Access-Control-Allow-Methods", "GET,POST,PUT,DELETE,OPTIONS"},
                                              {"Access-Control-Allow-Headers", "*"},
                                              {"Access-Control-Max-Age", "43200"}}};
    begin(204, headers, net::Framing::none);
    auto sending = connection_.send({}, net::ServerConnection::More::no);
    const net::Io sent = co_await sending;
    co_return sent;
}

net::Task<net::Io> Client::redirect(int status, std::string_view location)
{
    const std::array<net::Header, 1> headers{{{"Location", location}}};
    begin(status, headers, net::Framing::length, 0);
    auto sending = connection_.send({}, net::ServerConnection::More::no);
    const net::Io sent = co_await sending;
    co_return sent;
}

} // namespace switchyard::relay
