#include "connection.h"
#include "answers.h"
#include "journal.h"
#include <algorithm>
#include <cerrno>
#include <openssl/err.h>
#include <sys/socket.h>
#include <unistd.h>

namespace mock
{
namespace
{

constexpr std::size_t kReadSize = 64 * 1024;
constexpr std::size_t kEnoughQueued = 256 * 1024; // a repeated text is not queued beyond this

void resetOnClose(int fd)
{
    const linger hard{1, 0};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
}

} // namespace

Connection::Connection(int fd, std::uint64_t id, SSL_CTX* tls, Journal& journal, const Defaults& defaults)
    : fd_(fd), id_(id), journal_(journal), defaults_(defaults)
{
    ++journal_.counters.accepted;
    ++journal_.counters.open;
    journal_.note("accept", id_);
    if (!tls) return;
    ssl_ = SSL_new(tls);
    SSL_set_fd(ssl_, fd_);
    SSL_set_accept_state(ssl_);
}

Connection::~Connection()
{
    --journal_.counters.open;
    SSL_free(ssl_);
    close(fd_);
}

Connection::Io Connection::readAll()
{
    static char buffer[kReadSize];
    for (;;)
    {
        ssize_t got = 0;
        if (ssl_)
        {
            ERR_clear_error();
            got = SSL_read(ssl_, buffer, sizeof buffer);
            if (got <= 0)
            {
                const int error = SSL_get_error(ssl_, static_cast<int>(got));
                return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? Io::blocked : Io::closed;
            }
        }
        else
        {
            got = recv(fd_, buffer, sizeof buffer, 0);
            if (got < 0) return errno == EAGAIN || errno == EINTR ? Io::blocked : Io::closed;
            if (got == 0) return Io::closed;
        }
        in_.append(buffer, static_cast<std::size_t>(got));
        if (!ssl_ && static_cast<std::size_t>(got) < sizeof buffer) return Io::done;
    }
}

Connection::Io Connection::writeOut()
{
    while (outSent_ < out_.size())
    {
        const char* data = out_.data() + outSent_;
        const std::size_t size = out_.size() - outSent_;
        ssize_t sent = 0;
        if (ssl_)
        {
            ERR_clear_error();
            sent = SSL_write(ssl_, data, static_cast<int>(std::min<std::size_t>(size, 1 << 24)));
            if (sent <= 0)
            {
                const int error = SSL_get_error(ssl_, static_cast<int>(sent));
                return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? Io::blocked : Io::closed;
            }
        }
        else
        {
            sent = send(fd_, data, size, MSG_NOSIGNAL);
            if (sent < 0 && errno != EAGAIN && errno != EINTR) return Io::closed;
            if (sent < 0)
            {
                out_.erase(0, outSent_); // else a text that is repeated for ever would be kept for ever
                outSent_ = 0;
                return Io::blocked;
            }
        }
        outSent_ += static_cast<std::size_t>(sent);
        journal_.counters.bytesOut += static_cast<std::uint64_t>(sent);
    }
    out_.clear();
    outSent_ = 0;
    return Io::done;
}

Connection::Wish Connection::onReadable()
{
    if (readAll() == Io::closed)
    {
        peerClosed();
        return wish();
    }
    takeRequests();
    return wish();
}

Connection::Wish Connection::onWake()
{
    if (alive_ && answering_)
    {
        if (!advance())
            alive_ = false;
        else if (!answering_)
            takeRequests();
    }
    else if (alive_ && writeOut() == Io::closed)
        peerClosed();
    return wish();
}

void Connection::peerClosed()
{
    if (!alive_) return;
    ++journal_.counters.closedByPeer;
    journal_.note("peer_closed", id_);
    alive_ = false;
}

void Connection::takeRequests()
{
    while (alive_ && !answering_ && !in_.empty())
    {
        Request request;
        const Reading reading = readRequest(in_, request);
        if (reading == Reading::more) return;
        if (reading == Reading::unreadable)
        {
            journal_.noteRequest(id_, in_, "");
            out_ += answer(400, "text/plain", "mock upstream: this is no HTTP/1.1 request with a Content-Length",
                           "Connection: close\r\n");
            writeOut();
            alive_ = false;
            return;
        }
        startAnswer(request);
        in_.erase(0, request.size);
        if (!advance()) alive_ = false;
    }
}

void Connection::startAnswer(const Request& request)
{
    answering_ = true;
    step_ = 0;
    progress_ = 0;
    steps_.clear();
    closeAfter_ = !request.keepAlive;
    includeUsage_ = request.includeUsage;
    if (request.path.starts_with("/__") && answerControl(request)) return;

    ++journal_.counters.requests;
    journal_.noteRequest(id_, request.head, request.body);
    if (!request.script.empty())
        steps_ = stepsFor(request);
    else if (isPacedChat(request))
    {
        out_ += kStreamHead;
        steps_.push_back({Step::Kind::stream, {}, defaults_.frames, defaults_.paceMicros});
    }
    else
        out_ += plainAnswer(request);
}

bool Connection::answerControl(const Request& request)
{
    if (request.path == "/__log")
        out_ += answer(200, "application/json", journal_.eventsAsJson());
    else if (request.path == "/__stats")
        out_ += answer(200, "application/json", journal_.countersAsJson());
    else if (request.path == "/__reset")
    {
        journal_.clear();
        out_ += answer(200, "application/json", "{}");
    }
    else
        return false;
    return true;
}

void Connection::sendFrame(std::uint64_t now)
{
    Frame& frame = progress_ == 0 ? firstFrame() : contentFrames()[progress_ % words().size()];
    frame.stampNow(now);
    out_ += frame.bytes;
    ++progress_;
    ++journal_.counters.frames;
}

/// True: the step is over. Frames keep to their schedule: one that is late is followed by the next at its own time.
bool Connection::advanceStream(Step& step, std::uint64_t now)
{
    const std::uint64_t pace = step.pace * 1000;
    if (progress_ == 0) wakeAt_ = now;
    while (progress_ < step.count && now >= wakeAt_)
    {
        sendFrame(now);
        wakeAt_ += pace;
    }
    if (progress_ < step.count) return false;
    if (pace > 0 && now < wakeAt_) return false;
    out_ += streamEnd(step.count, includeUsage_);
    return true;
}

bool Connection::advance()
{
    for (;;)
    {
        const Io io = writeOut();
        if (io == Io::closed)
        {
            peerClosed();
            return false;
        }
        if (step_ == steps_.size())
        {
            if (io == Io::blocked) return true;
            answering_ = false;
            journal_.note("answered", id_);
            return !closeAfter_;
        }
        Step& step = steps_[step_];
        const std::uint64_t now = monotonicNow();
        bool over = true;
        switch (step.kind)
        {
        case Step::Kind::send:
            out_ += step.text;
            break;
        case Step::Kind::stream:
            over = advanceStream(step, now);
            break;
        case Step::Kind::repeat:
            while (out_.size() - outSent_ < kEnoughQueued && progress_ < step.count)
            {
                out_ += step.text;
                progress_ += step.text.size();
            }
            over = progress_ >= step.count;
            if (!over && io == Io::blocked) return true;
            if (!over) continue;
            break;
        case Step::Kind::wait:
            if (progress_ == 0)
            {
                progress_ = 1;
                wakeAt_ = now + step.pace * 1000;
            }
            over = now >= wakeAt_;
            break;
        case Step::Kind::drip:
            if (progress_ == 0) wakeAt_ = now;
            if (now >= wakeAt_)
            {
                out_ += step.text[progress_++];
                wakeAt_ = now + step.pace * 1000;
            }
            over = progress_ == step.text.size();
            break;
        case Step::Kind::reset:
            resetOnClose(fd_);
            journal_.note("closed", id_);
            return false;
        case Step::Kind::close:
            if (io == Io::blocked) return true;
            journal_.note("closed", id_);
            return false;
        case Step::Kind::hang:
            wakeAt_ = 0;
            return true;
        }
        if (!over)
        {
            if (writeOut() == Io::closed)
            {
                peerClosed();
                return false;
            }
            return true;
        }
        wakeAt_ = 0;
        progress_ = 0;
        ++step_;
    }
}

Connection::Wish Connection::wish() { return {alive_, outSent_ < out_.size(), answering_ ? wakeAt_ : 0}; }

} // namespace mock
