// One request of an exchange while it is under way, and what it last brought.
#pragma once

#include "net/http_call.h"
#include "providers/outgoing_request.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace switchyard::providers
{

/// Turns an HttpCall into the ABI's sequence: head, pieces of the body or all of it, end; or an error. [the loop's
/// thread]
class UpstreamCall
{
public:
    enum class News : uint8_t
    {
        head,
        body, ///< bytes()
        end,
        error ///< error()
    };

    /// Takes what `request` holds.
    UpstreamCall(net::ClientPool& pool, const net::CallOptions& options, OutgoingRequest& request, size_t maxWhole);
    UpstreamCall(const UpstreamCall&) = delete;
    UpstreamCall& operator=(const UpstreamCall&) = delete;

    uint64_t id() const noexcept { return request_.id(); }
    /// Waits for the next news. After end and error there is none.
    net::Task<News> next();

    /// The short way for the common case, without a coroutine of its own: when readsPieces() holds, await http().read()
    /// and give the result to took().
    bool readsPieces() const noexcept { return stage_ == Stage::body && !whole_; }
    News took(Result<std::string_view, net::NetError> piece);

    /// From now on in pieces: the answer is forwarded.
    void inPieces() noexcept { whole_ = false; }
    net::HttpCall& http() noexcept { return call_; }
    std::string_view bytes() const noexcept { return bytes_; }
    const net::NetError& error() const noexcept { return error_; }

private:
    enum class Stage : uint8_t
    {
        request,
        body,
        end,
        over
    };
    News broke(net::NetError error);

    OutgoingRequest request_;
    net::HttpCall call_;
    std::string all_; // a whole body
    std::string_view bytes_;
    net::NetError error_;
    size_t maxWhole_;
    Stage stage_ = Stage::request;
    bool whole_;
};

} // namespace switchyard::providers
