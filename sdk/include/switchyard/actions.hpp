// What the actions carry, as C++ values: a request under construction, why an exchange fails, what an answer has used.
#pragma once

#include "events.hpp"
#include "inline_list.hpp"
#include "json_patch.hpp"
#include "provider.h"

#include <cstdint>
#include <string_view>

namespace switchyard
{

enum class Cause : uint32_t
{
    badRequest = SWY_CAUSE_BAD_REQUEST,
    auth = SWY_CAUSE_AUTH,
    quota = SWY_CAUSE_QUOTA,
    rate = SWY_CAUSE_RATE,
    overloaded = SWY_CAUSE_OVERLOADED,
    noModel = SWY_CAUSE_NO_MODEL,
    filtered = SWY_CAUSE_FILTERED,
    tooLong = SWY_CAUSE_TOO_LONG,
    unsupported = SWY_CAUSE_UNSUPPORTED,
    upstreamBroken = SWY_CAUSE_UPSTREAM_BROKEN,
    timeout = SWY_CAUSE_TIMEOUT,
    internal = SWY_CAUSE_INTERNAL
};

enum class Scope : uint32_t
{
    request = SWY_SCOPE_REQUEST,
    model = SWY_SCOPE_MODEL,
    key = SWY_SCOPE_KEY,
    channel = SWY_SCOPE_CHANNEL
};

/// Why an exchange fails; see swy_fail_t. Views need to live only until fail() returns.
struct ErrorReport
{
    Cause cause = Cause::internal;
    Scope scope = Scope::request;
    int httpStatus = 0; ///< upstream's; 0: none
    int64_t retryAfterMs = 0;
    std::string_view message;
    std::string_view type;
    std::string_view code;
    std::string_view param;
    std::string_view upstream; ///< upstream's bytes, for the log
};

/// What an answer has used; see SWY_UNIT_.... A negative number: not told.
struct Usage
{
    int64_t input = -1;  ///< includes cached and audio
    int64_t output = -1; ///< includes reasoning and audio
    int64_t cached = -1;
    int64_t cacheWrite = -1;
    int64_t reasoning = -1;
    int64_t audioInput = -1;
    int64_t audioOutput = -1;
    int64_t images = -1;
    int64_t seconds = -1;
    bool final = true; ///< only final numbers settle
};

/// An HTTP request under construction. What it is given must live until Exchange::request has returned.
class Request
{
public:
    Request(uint64_t id, std::string_view method, std::string_view url)
    {
        record_.struct_size = sizeof record_;
        record_.id = id;
        record_.method = given(method);
        record_.url = given(url);
    }

    Request& header(std::string_view name, std::string_view value)
    {
        headers_.add({given(name), given(value)});
        return *this;
    }
    /// Carries the channel's key: the host lets it go to the channel's own hosts only.
    Request& keyed() { return flag(SWY_HTTP_KEYED); }
    /// Deliver the answer's body in one piece.
    Request& whole() { return flag(SWY_HTTP_WHOLE); }
    /// The one request allowed after a cancel.
    Request& cleanup() { return flag(SWY_HTTP_CLEANUP); }

    /// Appends to the body ...
    Request& body(std::string_view bytes) { return piece({SWY_PIECE_BYTES, 0, given(bytes), 0, 0, 0}); }
    Request& body(sdk::JsonPatch& patch)
    {
        for (const swy_piece_t& each : patch.pieces())
            piece(each);
        return *this;
    }
    Request& clientBody(uint64_t offset, uint64_t size)
    {
        return piece({SWY_PIECE_CLIENT_BODY, 0, {nullptr, 0}, 0, offset, size});
    }
    Request& media(uint64_t id) { return piece({SWY_PIECE_MEDIA, 0, {nullptr, 0}, id, 0, 0}); }
    Request& mediaBase64(uint64_t id) { return piece({SWY_PIECE_MEDIA_BASE64, 0, {nullptr, 0}, id, 0, 0}); }
    Request& piece(const swy_piece_t& one)
    {
        body_.add(one);
        return *this;
    }

    const sdk::InlineList<swy_piece_t, 12>& pieces() const { return body_; }

    const swy_http_request_t& record()
    {
        record_.headers = headers_.data();
        record_.header_count = static_cast<uint32_t>(headers_.size());
        record_.body = body_.data();
        record_.body_count = static_cast<uint32_t>(body_.size());
        return record_;
    }

private:
    Request& flag(uint32_t bit)
    {
        record_.flags |= bit;
        return *this;
    }

    swy_http_request_t record_ = {};
    sdk::InlineList<swy_given_header_t, 16> headers_;
    sdk::InlineList<swy_piece_t, 12> body_;
};

} // namespace switchyard
