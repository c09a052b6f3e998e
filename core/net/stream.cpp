#include "net/stream.h"

#include "net/tls_bio.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace switchyard::net
{

namespace
{

// So many operations in a row may find data without waiting before others get their turn.
constexpr uint8_t kStreak = 32;

} // namespace

Stream::Stream(Loop& loop, int descriptor, bool connecting)
    : loop_(loop), kick_(*this), descriptor_(descriptor), writable_(!connecting)
{
    error_ = loop_.watch(descriptor_, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, *this);
    if (error_) hungUp_ = true; // out of kernel memory: the first operation reports it
}

Stream::~Stream()
{
    if (alive_) *alive_ = false;
    for (Operation* waiting : {reader_, writer_})
        if (waiting) waiting->waiting_ = false;
    loop_.unwatch(descriptor_, *this);
    if (tls_)
    {
        shutdownTls();
        // OpenSSL forbids to resume a session whose connection was freed without a shutdown; ours was closed on
        // purpose, or broke.
        if (error_ != EPROTO && SSL_is_init_finished(tls_))
            SSL_set_shutdown(tls_, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
        SSL_free(tls_);
    }
    ::close(descriptor_);
}

void Stream::onHangup(Cancellation* target) noexcept
{
    hangup_ = target;
    if (target && hungUp_) target->cancel(CancelReason::clientGone);
}

void Stream::happened(uint32_t events) noexcept
{
    if (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) readable_ = true;
    if (events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) writable_ = true;
    if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR) && !hungUp_)
    {
        hungUp_ = true;
        if (hangup_) hangup_->cancel(CancelReason::clientGone);
    }
    bool alive = true;
    alive_ = &alive;
    streak_ = 0;
    if (reader_) serve(reader_);
    if (alive && writer_) serve(writer_); // on any event: TLS may have waited for bytes, a writer may heed them
    if (alive && observer_) observer_->stirred();
    if (alive) alive_ = nullptr;
}

void Stream::serve(Operation* operation) noexcept
{
    if (operation->wake != Wake::none || !operation->step()) return;
    operation->unlink();
    operation->wake = Wake::ready;
    operation->handle.resume(); // from the loop itself, so what was read is consumed before anybody else runs
}

void Stream::expired() noexcept
{
    for (Operation* waiting : {reader_, writer_})
        if (waiting && waiting->until_.by <= loop_.now()) loop_.wakeUp(*waiting, Wake::timeout);
    rearm();
}

void Stream::rearm() noexcept
{
    int64_t due = kNever;
    for (const Operation* waiting : {reader_, writer_})
        if (waiting && waiting->wake == Wake::none) due = std::min(due, waiting->until_.by);
    if (due == kNever)
        clear();
    else
        set(loop_.deadlines(), due);
}

bool Stream::Operation::suspend(std::coroutine_handle<> coroutine) noexcept
{
    if (until_.under && until_.under->cancelled())
    {
        wake = Wake::cancelled;
        return false;
    }
    if (stream_->streak_ < kStreak)
    {
        if (step())
        {
            ++stream_->streak_;
            wake = Wake::ready;
            return false;
        }
    }
    else
        stream_->loop_.serveLater(stream_->kick_);
    handle = coroutine;
    waiting_ = true;
    (side_ == Side::read ? stream_->reader_ : stream_->writer_) = this;
    if (until_.under) until_.under->watch(*this);
    if (until_.by != kNever) stream_->rearm();
    return true;
}

void Stream::Operation::withdraw() noexcept
{
    if (!waiting_) return;
    waiting_ = false;
    (side_ == Side::read ? stream_->reader_ : stream_->writer_) = nullptr;
    if (until_.by != kNever) stream_->rearm();
}

void Stream::Operation::moveDeadline(int64_t by) noexcept
{
    until_.by = by;
    if (waiting_) stream_->rearm();
}

IoResult Stream::broken(int error) noexcept
{
    if (!error_) error_ = error;
    return {Io::error, 0};
}

IoResult Stream::plainRead(char* into, size_t room) noexcept
{
    if (!readable_ && !hungUp_) return {Io::again, 0};
    for (;;)
    {
        const ssize_t got = ::recv(descriptor_, into, room, 0);
        if (got > 0)
        {
            // Short: there is no more now, and epoll tells when there is. Unless the end has been told already.
            if (static_cast<size_t>(got) < room && !hungUp_) readable_ = false;
            return {Io::done, static_cast<size_t>(got)};
        }
        if (got == 0) return {Io::end, 0};
        if (errno == EINTR) continue;
        if (errno != EAGAIN) return broken(errno);
        readable_ = false;
        return {Io::again, 0};
    }
}

IoResult Stream::plainWrite(std::span<iovec> pieces) noexcept
{
    if (!writable_) return {Io::again, 0};
    size_t whole = 0;
    for (const iovec& piece : pieces)
        whole += piece.iov_len;
    msghdr message{};
    message.msg_iov = pieces.data();
    message.msg_iovlen = std::min<size_t>(pieces.size(), 1024);
    for (;;)
    {
        const ssize_t sent = ::sendmsg(descriptor_, &message, MSG_NOSIGNAL);
        if (sent >= 0)
        {
            if (static_cast<size_t>(sent) < whole && pieces.size() <= 1024) writable_ = false;
            return {Io::done, static_cast<size_t>(sent)};
        }
        if (errno == EINTR) continue;
        if (errno != EAGAIN) return broken(errno);
        writable_ = false;
        return {Io::again, 0};
    }
}

IoResult Stream::tryRead(char* into, size_t room) noexcept
{
    if (!tls_) return plainRead(into, room);
    ERR_clear_error();
    const int got = SSL_read(tls_, into, static_cast<int>(std::min<size_t>(room, 1 << 30)));
    tlsPending_ = got > 0;
    return got > 0 ? IoResult{Io::done, static_cast<size_t>(got)} : tlsResult(got, true);
}

IoResult Stream::tryWrite(std::span<iovec>& pieces) noexcept
{
    size_t total = 0;
    for (;;)
    {
        while (!pieces.empty() && pieces.front().iov_len == 0)
            pieces = pieces.subspan(1);
        if (pieces.empty()) return {Io::done, total};
        IoResult result;
        if (!tls_)
            result = plainWrite(pieces);
        else
        {
            // Small pieces go into one record: a frame is one system call here too.
            char joined[4096];
            const void* from = pieces.front().iov_base;
            size_t length = pieces.front().iov_len;
            if (pieces.size() > 1 && length < sizeof(joined))
            {
                size_t filled = 0;
                for (const iovec& piece : pieces)
                {
                    const size_t part = std::min(piece.iov_len, sizeof(joined) - filled);
                    if (part > 0) std::memcpy(joined + filled, piece.iov_base, part);
                    filled += part;
                }
                from = joined;
                length = filled;
            }
            ERR_clear_error();
            const int sent = SSL_write(tls_, from, static_cast<int>(std::min<size_t>(length, 1 << 30)));
            result = sent > 0 ? IoResult{Io::done, static_cast<size_t>(sent)} : tlsResult(sent, false);
        }
        if (result.io != Io::done) return {result.io, total};
        total += result.bytes;
        size_t sent = result.bytes;
        while (sent > 0)
        {
            iovec& piece = pieces.front();
            const size_t part = std::min(sent, piece.iov_len);
            piece.iov_base = static_cast<char*>(piece.iov_base) + part;
            piece.iov_len -= part;
            sent -= part;
            if (piece.iov_len == 0) pieces = pieces.subspan(1);
        }
        if (!tls_ && !writable_) return {pieces.empty() ? Io::done : Io::again, total};
    }
}

IoResult Stream::tlsResult(int returned, bool reading) noexcept
{
    switch (SSL_get_error(tls_, returned))
    {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
        return {Io::again, 0}; // happened() serves both sides on any event
    case SSL_ERROR_ZERO_RETURN:
        return reading ? IoResult{Io::end, 0} : broken(EPIPE);
    case SSL_ERROR_SYSCALL:
        return broken(error_ ? error_ : ECONNRESET);
    default:
        tlsError_ = ERR_peek_error();
        return broken(ERR_GET_REASON(tlsError_) == SSL_R_UNEXPECTED_EOF_WHILE_READING ? ECONNRESET : EPROTO);
    }
}

const char* Stream::errorText() const noexcept
{
    if (error_ == EPROTO && tlsError_)
        if (const char* reason = ERR_reason_error_string(tlsError_)) return reason;
    return strerrordesc_np(error_) ? strerrordesc_np(error_) : "unknown error";
}

void Stream::startTls(ssl_st* tls) noexcept { tls_ = tls; }

void Stream::shutdownTls() noexcept
{
    if (!tls_ || error_ || !SSL_is_init_finished(tls_) || SSL_get_shutdown(tls_) & SSL_SENT_SHUTDOWN) return;
    ERR_clear_error();
    SSL_shutdown(tls_); // once: the peer's answer is not waited for
}

IoResult Stream::ReadAwaiter::await_resume() noexcept
{
    withdraw();
    if (wake == Wake::timeout) return {Io::timeout, 0};
    if (wake == Wake::cancelled) return {Io::cancelled, 0};
    return result_;
}

bool Stream::ReadAwaiter::step() noexcept
{
    result_ = stream_->tryRead(into_, room_);
    return result_.io != Io::again;
}

Stream::WriteAwaiter::WriteAwaiter(Stream& stream, std::span<iovec> pieces, Until until, int64_t stallMs,
                                   bool heed) noexcept
    : Operation(&stream, Side::write, until), pieces_(pieces), limit_(until.by), stallMs_(stallMs), heed_(heed)
{
    until_.by = std::min(limit_, stream.loop().after(stallMs_));
}

bool Stream::WriteAwaiter::step() noexcept
{
    const IoResult sent = stream_->tryWrite(pieces_);
    result_.bytes += sent.bytes;
    result_.io = sent.io;
    if (sent.io != Io::again || (heed_ && stream_->mayRead())) return true;
    if (sent.bytes > 0) moveDeadline(std::min(limit_, stream_->loop().after(stallMs_)));
    return false;
}

IoResult Stream::WriteAwaiter::await_resume() noexcept
{
    withdraw();
    if (wake == Wake::timeout) return {Io::timeout, result_.bytes};
    if (wake == Wake::cancelled) return {Io::cancelled, result_.bytes};
    return result_;
}

bool Stream::ReadyAwaiter::step() noexcept { return side_ == Side::read ? stream_->mayRead() : stream_->writable_; }

Io Stream::ReadyAwaiter::await_resume() noexcept
{
    withdraw();
    if (wake == Wake::timeout) return Io::timeout;
    if (wake == Wake::cancelled) return Io::cancelled;
    return Io::done;
}

} // namespace switchyard::net
