// The gate: what http_parser lets pass and we do not. Plain functions over bytes, before and after the parser.
#pragma once

#include "net/head.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace switchyard::net
{

/// Why a head is refused. `status` is the answer's (requests only).
struct Refusal
{
    int status = 0;          ///< 0: passed
    const char* reason = ""; ///< a literal sentence
    explicit operator bool() const noexcept { return status != 0; }
};

/// Limits on a head.
struct HeadLimits
{
    size_t head = 64 * 1024;
    size_t line = 8 * 1024;
    size_t fields = 100;
};

/// Looks for the end of a head in bytes that arrive piece by piece.
class HeadScanner
{
public:
    /// `bytes` are all bytes of the head so far. Returns its length including the blank line, or 0 if it has not come
    /// yet. A bare LF, a line or head over its limit, or too many lines are refused at once: see refusal().
    size_t scan(std::string_view bytes, const HeadLimits& limits) noexcept;
    const Refusal& refusal() const noexcept { return refusal_; }
    void reset() noexcept { *this = HeadScanner(); }

private:
    size_t scanned_ = 0;
    size_t lineStart_ = 0;
    size_t lines_ = 0;
    Refusal refusal_;
};

/// A complete head (request line to blank line) before it is parsed: bytes and lines.
Refusal checkRequestBytes(std::string_view head) noexcept;
/// The same for an upstream's answer; obs-text in a reason phrase or a field value passes.
Refusal checkResponseBytes(std::string_view head) noexcept;

/// The first line of a complete head, checked; `fieldsAt`: where its field lines begin.
struct RequestLine
{
    std::string_view method;
    std::string_view target;
    uint8_t minorVersion = 1;
    size_t fieldsAt = 0;
};
Refusal readRequestLine(std::string_view head, RequestLine& line) noexcept;
struct StatusLine
{
    int status = 0;
    uint8_t minorVersion = 1;
    size_t fieldsAt = 0;
};
Refusal readStatusLine(std::string_view head, StatusLine& line) noexcept;
/// The field lines of a complete head: checked, taken apart and their names turned to lower case in one pass. What
/// passes here can be read in one way only.
Refusal readFieldLines(std::span<char> head, size_t at, Headers& fields);

/// The fields of a parsed request: Host, framing, Expect. Fills framing, contentLength, encoding, host, expectContinue,
/// path, query and keepAlive from them.
Refusal checkRequestFields(RequestHead& head) noexcept;
/// The same for an answer to a request with `headRequest`.
Refusal checkResponseFields(ResponseHead& head, bool headRequest) noexcept;

/// Whether a field may be sent: a token as name, no CR, LF, NUL in the value.
bool mayBeSent(const Header& field) noexcept;

} // namespace switchyard::net
