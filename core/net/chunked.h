// ChunkedDecoder: the chunked transfer coding, strictly (RFC 9112 7.1). A plain state machine without I/O.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace switchyard::net
{

/// Decodes in place: what belongs to the body is moved to the front of the bytes given. Refused are blanks around a
/// size, sizes over 2^60, bare LF, extensions with odd bytes or over 256 bytes, and trailers over 8 KiB; trailers are
/// dropped.
class ChunkedDecoder
{
public:
    struct Progress
    {
        size_t body = 0;     ///< bytes of the body, now at the front
        size_t consumed = 0; ///< bytes of the input that belong to the message; less than given only at its end
    };

    /// Decodes what is there; any cut of the input yields the same body. After failed() or ended() nothing is consumed.
    Progress decode(char* bytes, size_t length) noexcept;
    bool ended() const noexcept { return state_ == State::ended; }
    bool failed() const noexcept { return state_ == State::failed; }
    /// What is wrong; a literal.
    const char* reason() const noexcept { return reason_; }

private:
    enum class State : uint8_t
    {
        size,
        extension,
        sizeLf,
        data,
        dataCr,
        dataLf,
        trailerStart,
        trailer,
        trailerLf,
        lastLf,
        ended,
        failed
    };

    void refuse(const char* why) noexcept
    {
        state_ = State::failed;
        reason_ = why;
    }

    uint64_t left_ = 0; // of the current chunk; while in State::size: the number so far
    const char* reason_ = "";
    uint16_t extra_ = 0; // bytes of extensions or trailers so far
    uint8_t digits_ = 0;
    State state_ = State::size;
};

} // namespace switchyard::net
