// The client of one request as the relay sees it: who answers it adds the headers that every answer of the relay has.
#pragma once

#include "accounts/language.h"
#include "base/error.h"
#include "net/server_connection.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace switchyard::relay
{

/// Whether and how a browser of another origin may read the answer (relay.md 1).
enum class Cors
{
    none,   ///< no Origin, or our own
    allowed
};

/// `Origin` against `Host`: a browser page of another origin gets CORS headers.
Cors corsOf(std::string_view origin, std::string_view host) noexcept;

/// Lives as long as the request; the connection outlives it. [the loop's thread]
class Client
{
public:
    Client(net::ServerConnection& connection, std::string requestId, Cors cors, accounts::Language language);
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    net::ServerConnection& connection() noexcept { return connection_; }
    const std::string& requestId() const noexcept { return requestId_; }
    accounts::Language language() const noexcept { return language_; }

    /// Queues the head of an answer: `headers` and X-Oneapi-Request-Id and CORS. It leaves with the first send().
    void begin(int status, std::span<const net::Header> headers, net::Framing framing, int64_t length = 0);
    /// The same with headers that are lines already, each with its CR LF, and checked.
    void beginLines(int status, std::string_view lines, net::Framing framing, int64_t length = 0);
    /// Status that was begun; 0: none yet.
    int status() const noexcept { return status_; }

    /// A whole answer.
    net::Task<net::Io> respond(int status, std::string_view contentType, std::string_view body);
    /// The error as a whole answer in the client's dialect. Only before begin().
    net::Task<net::Io> refuse(ApiError error);
    /// 204 to a preflight request.
    net::Task<net::Io> answerPreflight();
    /// 301 or 307 to `location`.
    net::Task<net::Io> redirect(int status, std::string_view location);

private:
    std::vector<net::Header> withCommon(std::span<const net::Header> headers) const;

    net::ServerConnection& connection_;
    std::string requestId_;
    Cors cors_;
    accounts::Language language_;
    int status_ = 0;
};

} // namespace switchyard::relay
