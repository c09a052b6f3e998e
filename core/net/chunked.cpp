#include "net/chunked.h"

#include <algorithm>
#include <cstring>

namespace switchyard::net
{

namespace
{

constexpr uint16_t kMaxExtension = 256;
constexpr uint16_t kMaxTrailers = 8 * 1024;

int hexDigit(char c) noexcept
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

bool visible(char c) noexcept { return c > 0x20 && c < 0x7F; }

} // namespace

ChunkedDecoder::Progress ChunkedDecoder::decode(char* bytes, size_t length) noexcept
{
    size_t body = 0;
    size_t at = 0;
    while (at < length && state_ != State::ended && state_ != State::failed)
    {
        const char c = bytes[at];
        switch (state_)
        {
        case State::data:
        {
            const size_t part = static_cast<size_t>(std::min<uint64_t>(left_, length - at));
            if (body != at) std::memmove(bytes + body, bytes + at, part);
            body += part;
            at += part;
            left_ -= part;
            if (left_ == 0) state_ = State::dataCr;
            continue;
        }
        case State::size:
            if (const int digit = hexDigit(c); digit >= 0)
            {
                if (++digits_ > 15) return refuse("a chunk size over 2^60"), Progress{body, at};
                left_ = left_ * 16 + static_cast<uint64_t>(digit);
            }
            else if (digits_ == 0)
                refuse("a chunk without a size");
            else if (c == '\r')
                state_ = State::sizeLf;
            else if (c == ';')
                state_ = State::extension;
            else
                refuse(c == ' ' || c == '\t' ? "a blank behind a chunk size" : "a bad chunk size");
            break;
        case State::extension:
            if (c == '\r')
                state_ = State::sizeLf;
            else if (!visible(c))
                refuse("a bad chunk extension");
            else if (++extra_ > kMaxExtension)
                refuse("chunk extensions over 256 bytes");
            break;
        case State::sizeLf:
            if (c != '\n')
                refuse("a chunk size without LF");
            else
            {
                state_ = left_ > 0 ? State::data : State::trailerStart;
                extra_ = 0;
                digits_ = 0;
            }
            break;
        case State::dataCr:
            if (c == '\r')
                state_ = State::dataLf;
            else
                refuse("a chunk that is longer than its size");
            break;
        case State::dataLf:
            if (c == '\n')
                state_ = State::size;
            else
                refuse("a chunk that is longer than its size");
            break;
        case State::trailerStart:
            if (c == '\r')
                state_ = State::lastLf;
            else if (!visible(c) || c == ':')
                refuse("a bad trailer");
            else if (++extra_ > kMaxTrailers)
                refuse("trailers over 8 KiB");
            else
                state_ = State::trailer;
            break;
        case State::trailer:
            if (c == '\r')
                state_ = State::trailerLf;
            else if (static_cast<unsigned char>(c) < 0x20 && c != '\t')
                refuse("a bad trailer");
            else if (++extra_ > kMaxTrailers)
                refuse("trailers over 8 KiB");
            break;
        case State::trailerLf:
            if (c == '\n')
                state_ = State::trailerStart;
            else
                refuse("a trailer without LF");
            break;
        case State::lastLf:
            if (c == '\n')
                state_ = State::ended;
            else
                refuse("a last chunk without LF");
            break;
        case State::ended:
        case State::failed:
            break;
        }
        if (state_ != State::failed) ++at;
    }
    return {body, at};
}

} // namespace switchyard::net
