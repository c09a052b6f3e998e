// A request that a plug-in asked for, copied out of its memory and ready for net::HttpCall.
#pragma once

#include "base/result.h"
#include "net/head.h"
#include "providers/url_cache.h"

#include <switchyard/provider.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace switchyard::providers
{

/// What the plug-in gave lies in one piece of memory, freed by release() once it is sent; ranges of the client's body
/// are referred to, not copied.
class OutgoingRequest
{
public:
    OutgoingRequest() = default;

    /// Checks all rules of swy_http_request_t but those that depend on the exchange's state. The error is for the log.
    /// `urls` may be null.
    static Result<OutgoingRequest, std::string> from(const swy_http_request_t& asked, std::string_view clientBody,
                                                     UrlCache* urls);

    uint64_t id() const noexcept { return id_; }
    bool whole() const noexcept { return (flags_ & SWY_HTTP_WHOLE) != 0; }
    bool keyed() const noexcept { return (flags_ & SWY_HTTP_KEYED) != 0; }
    bool cleanup() const noexcept { return (flags_ & SWY_HTTP_CLEANUP) != 0; }
    const net::Url& url() const noexcept { return *url_; }
    std::string_view method() const noexcept { return method_; }
    std::span<const net::Header> headers() const noexcept { return headers_; }
    std::span<const std::string_view> body() const noexcept { return body_; }
    /// Bytes that were copied.
    size_t size() const noexcept { return size_; }
    /// Forgets method, headers and body.
    void release() noexcept;

private:
    std::unique_ptr<std::byte[]> memory_;
    UrlPtr url_;
    std::string_view method_;
    std::span<const net::Header> headers_;
    std::span<const std::string_view> body_;
    uint64_t id_ = 0;
    size_t size_ = 0;
    uint32_t flags_ = 0;
};

/// A piece's bytes: its own, or the range of the client's body. Empty with data() null: the piece breaks a rule.
std::string_view bytesOf(const swy_piece_t& piece, std::string_view clientBody) noexcept;

} // namespace switchyard::providers
