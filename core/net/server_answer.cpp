// The answering half of ServerConnection.
#include "net/http_writer.h"
#include "net/server_connection.h"

#include <algorithm>
#include <sys/socket.h>

namespace switchyard::net
{

namespace
{

// An unread body up to this size is read and dropped to keep the connection.
constexpr int64_t kSkippable = 64 * 1024;

void release(std::string& text) noexcept { std::string().swap(text); }

} // namespace

bool ServerConnection::willKeepAlive() const noexcept
{
    if (mustClose_ || !head_.keepAlive) return false;
    if (bodyRead_ || !head_.hasBody()) return true;
    if (head_.expectContinue && !continueSent_) return false; // nobody knows whether the body will come
    return head_.framing == Framing::length && head_.contentLength <= kSkippable;
}

// Decides how the answer is framed and whether the connection outlives it. Returns what the head says of it.
Framing ServerConnection::settleFraming(int status, Framing framing, int64_t& length)
{
    keepRest();
    omitBody_ = head_.method == "HEAD" || status == 204 || status == 304;
    if (framing == Framing::chunked && head_.minorVersion == 0) framing = Framing::untilClose;
    if (framing == Framing::none) framing = Framing::length, length = 0;
    if (framing == Framing::untilClose && !omitBody_) mustClose_ = true;
    if (!willKeepAlive()) mustClose_ = true;
    outFraming_ = framing;
    outLeft_ = framing == Framing::length && !omitBody_ ? length : 0;
    state_ = State::headQueued;
    return status == 204 ? Framing::none : framing; // RFC 9110 8.6: no length with 204
}

void ServerConnection::begin(int status, std::span<const Header> headers, Framing framing, int64_t length)
{
    const Framing shown = settleFraming(status, framing, length);
    appendResponseHead(outHead_, status, headers, shown, length, !mustClose_);
}

void ServerConnection::beginLines(int status, std::span<const std::string_view> lines, Framing framing, int64_t length)
{
    const Framing shown = settleFraming(status, framing, length);
    appendResponseHead(outHead_, status, lines, shown, length, !mustClose_);
}

ServerConnection::SendAwaiter::SendAwaiter(ServerConnection& connection, std::span<const std::string_view> pieces,
                                           More more) noexcept
    : connection_(connection), more_(more),
      write_(connection.stream_, assemble(pieces), {kNever, &connection.gone_}, connection.limits_.writeStallMs, false)
{
}

std::span<iovec> ServerConnection::SendAwaiter::assemble(std::span<const std::string_view> pieces) noexcept
{
    static constexpr std::string_view kEnd = "\r\n";
    static constexpr std::string_view kLast = "0\r\n\r\n";
    static constexpr std::string_view kEndAndLast = "\r\n0\r\n\r\n";
    size_t count = 0;
    auto put = [&](std::string_view bytes)
    {
        if (!bytes.empty()) vector_[count++] = {const_cast<char*>(bytes.data()), bytes.size()};
    };
    put(connection_.outHead_);
    size_t size = 0;
    for (std::string_view piece : pieces.first(std::min(pieces.size(), kMaxPieces)))
        size += piece.size();
    const bool chunked = connection_.outFraming_ == Framing::chunked && !connection_.omitBody_;
    const bool last = more_ == More::no;
    if (!connection_.omitBody_ && size > 0)
    {
        if (chunked) put(chunkHead(chunkHead_, size));
        for (std::string_view piece : pieces.first(std::min(pieces.size(), kMaxPieces)))
            put(piece);
        connection_.outLeft_ -= static_cast<int64_t>(size);
        if (chunked) put(last ? kEndAndLast : kEnd);
    }
    else if (chunked && last)
        put(kLast);
    return {vector_.data(), count};
}

Io ServerConnection::SendAwaiter::await_resume() noexcept
{
    const IoResult result = write_.await_resume();
    if (!result.ok())
    {
        connection_.broken_ = true;
        return result.io;
    }
    if (connection_.state_ == State::headQueued)
    {
        // A long answer gives the memory back; after a short one the next head will want it.
        if (more_ == More::no)
            connection_.outHead_.clear();
        else
            release(connection_.outHead_);
        connection_.state_ = State::body;
    }
    if (more_ == More::no)
    {
        connection_.state_ = State::complete;
        // Fewer or more bytes than promised: the client can only be told by closing.
        if (connection_.outFraming_ == Framing::length && !connection_.omitBody_ && connection_.outLeft_ != 0)
            connection_.broken_ = true;
    }
    return Io::done;
}

Task<Io> ServerConnection::respond(int status, std::span<const Header> headers, std::string_view body)
{
    begin(status, headers, Framing::length, static_cast<int64_t>(body.size()));
    auto sending = send({&body, 1}, More::no);
    co_return co_await sending;
}

Task<bool> ServerConnection::finish()
{
    if (broken_ || state_ != State::complete) co_return false;
    if (!mustClose_ && !bodyRead_ && head_.hasBody())
    {
        auto skipping = skipBody();
        if (!co_await skipping) refused_ = mustClose_ = true;
    }
    if (!mustClose_) co_return true;
    stream_.shutdownTls();
    ::shutdown(stream_.descriptor(), SHUT_WR);
    if (refused_ || (!bodyRead_ && head_.hasBody()) || !leftover_.empty())
    {
        auto lingering = linger();
        co_await lingering;
    }
    co_return false;
}

// Reads and drops a small body, so that the next request can be read.
Task<bool> ServerConnection::skipBody()
{
    auto left = static_cast<size_t>(head_.contentLength);
    const size_t here = std::min(left, leftover_.size());
    leftover_.erase(0, here);
    left -= here;
    const int64_t end = loop().after(limits_.lingerMs);
    while (left > 0)
    {
        Buffer buffer = loop().buffers().take();
        auto reading = stream_.read(buffer.data(), std::min(left, Buffer::kSize), {end, nullptr});
        const IoResult got = co_await reading;
        if (!got.ok()) co_return false;
        left -= got.bytes;
    }
    bodyRead_ = true;
    co_return true;
}

// Closing with bytes unread sends a reset, which takes the answer away from a client that has not read it yet. So what
// still comes is read and dropped for a moment.
Task<void> ServerConnection::linger()
{
    const int64_t end = loop().after(limits_.lingerMs);
    size_t budget = 16 * 1024 * 1024;
    while (budget > 0)
    {
        Buffer buffer = loop().buffers().take();
        auto reading = stream_.read(buffer.data(), Buffer::kSize, {end, nullptr});
        const IoResult got = co_await reading;
        if (!got.ok()) break;
        budget -= std::min(budget, got.bytes);
    }
}

} // namespace switchyard::net
