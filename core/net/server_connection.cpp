#include "net/server_connection.h"

#include "net/body_intake.h"
#include "net/gate.h"
#include "net/head_parser.h"
#include "net/tls.h"

#include <algorithm>

namespace switchyard::net
{

namespace
{

void release(std::string& text) noexcept { std::string().swap(text); }

} // namespace

ServerConnection::ServerConnection(Loop& loop, int descriptor, const IpAddress& peer, const ServerLimits& limits,
                                   Cancellation* drain)
    : stream_(loop, descriptor), limits_(limits), drain_(drain), peer_(peer)
{
    stream_.onHangup(&gone_);
}

ServerConnection::~ServerConnection() = default;

Task<Result<Done, NetError>> ServerConnection::startTls(TlsServer& tls)
{
    auto accepting = acceptTls(stream_, tls, {loop().after(limits_.headMs), drain_});
    auto accepted = co_await accepting;
    if (!accepted) broken_ = true;
    co_return accepted;
}

NetError ServerConnection::readError(Io io, const char* during, int timeoutStatus) const
{
    switch (io)
    {
    case Io::timeout:
        return {ErrorClass::timeout, Timeout::stall, timeoutStatus,
                std::string("the client was too slow to send ") + during};
    case Io::cancelled:
        return {ErrorClass::cancelled, Timeout::none, 0, "the server is shutting down"};
    case Io::end:
        return {ErrorClass::closed, Timeout::none, 0,
                std::string("the client closed the connection before the end of ") + during};
    default:
        return {ErrorClass::reset, Timeout::none, 0,
                std::string("the connection to the client broke: ") + stream_.errorText()};
    }
}

Failure<NetError> ServerConnection::refuse(const Refusal& refusal)
{
    refused_ = mustClose_ = true;
    const bool size = refusal.status == 413 || refusal.status == 414 || refusal.status == 431;
    return netFailure(size ? ErrorClass::tooLarge : ErrorClass::protocol, refusal.reason, Timeout::none,
                      refusal.status);
}

// The head lies at the beginning of `bytes`, which are leftover_ or in `buffer`: it is kept, what follows it too.
Result<const RequestHead*, NetError> ServerConnection::takeHead(std::span<const char> bytes, size_t length, Buffer& buffer)
{
    raw_.assign(bytes.data(), length);
    if (bytes.data() == leftover_.data())
        leftover_.erase(0, length);
    else if (length < bytes.size())
    {
        held_ = std::move(buffer);
        heldAt_ = static_cast<uint32_t>(length);
        heldEnd_ = static_cast<uint32_t>(bytes.size());
    }
    if (Refusal refusal = HeadParser::parseRequest(raw_, head_)) return refuse(refusal);
    return &head_;
}

// A body is usually asked for at once and read from the buffer; whoever does something else first copies what is in it.
void ServerConnection::keepRest()
{
    if (!held_) return;
    leftover_.assign(held_.data() + heldAt_, heldEnd_ - heldAt_);
    held_.release();
}

Task<Result<const RequestHead*, NetError>> ServerConnection::readHead()
{
    keepRest();
    head_.headers.clear();
    static_cast<MessageHead&>(head_) =
        MessageHead{std::move(head_.headers), 0, 1, Framing::none, Encoding::identity, false};
    head_.expectContinue = false;
    head_.method = head_.target = head_.path = head_.query = head_.host = {};
    state_ = State::request;
    bodyRead_ = continueSent_ = omitBody_ = false;

    const HeadLimits limits{limits_.head, limits_.line, limits_.fields};
    HeadScanner scanner;
    int blankLines = 0;
    bool begun = !leftover_.empty();
    Until until{loop().after(begun ? limits_.headMs : limits_.idleMs), begun ? nullptr : drain_};
    bool look = begun;
    for (;;)
    {
        Buffer buffer;
        std::span<const char> bytes = leftover_;
        if (!look)
        {
            auto waiting = stream_.readable(until);
            const Io ready = co_await waiting;
            IoResult got{ready, 0};
            if (ready == Io::done)
            {
                buffer = loop().buffers().take();
                got = stream_.tryRead(buffer.data(), Buffer::kSize);
                if (got.io == Io::again) continue;
            }
            if (!got.ok())
            {
                broken_ = got.io != Io::timeout || !begun;
                if (begun) refused_ = mustClose_ = true;
                co_return failure(readError(got.io, "a request", begun ? 408 : 0));
            }
            if (leftover_.empty())
                bytes = {buffer.data(), got.bytes};
            else
                bytes = leftover_.append(buffer.data(), got.bytes);
            if (!begun) until = {loop().after(limits_.headMs), nullptr};
            begun = true;
        }
        look = false;
        const size_t length = scanner.scan({bytes.data(), bytes.size()}, limits);
        if (scanner.refusal()) co_return refuse(scanner.refusal());
        if (length > 2) co_return takeHead(bytes, length, buffer);
        if (length == 2) // RFC 9112 2.2: an empty line before a request is no harm
        {
            if (++blankLines > 2) co_return refuse({400, "empty lines instead of a request"});
            std::string rest(bytes.data() + 2, bytes.size() - 2);
            leftover_.swap(rest);
            scanner.reset();
            look = !leftover_.empty();
        }
        else if (leftover_.empty())
            leftover_.assign(bytes.data(), bytes.size());
    }
}

void ServerConnection::releaseHead() noexcept
{
    const bool keepAlive = head_.keepAlive;
    const auto minorVersion = head_.minorVersion;
    const Framing framing = head_.framing;
    const int64_t length = head_.contentLength;
    head_.headers.release();
    head_ = RequestHead{};
    head_.keepAlive = keepAlive;
    head_.minorVersion = minorVersion;
    head_.framing = framing;
    head_.contentLength = length;
    release(raw_);
}

Task<Result<Done, NetError>> ServerConnection::sendContinue()
{
    static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
    iovec piece{const_cast<char*>(kContinue.data()), kContinue.size()};
    continueSent_ = true;
    auto writing = stream_.write({&piece, 1}, {}, limits_.writeStallMs);
    const IoResult sent = co_await writing;
    if (sent.ok()) co_return Done{};
    broken_ = true;
    co_return failure(readError(sent.io, "a request", 0));
}

Task<Result<Body, NetError>> ServerConnection::readBody(size_t limit)
{
    Body body;
    if (head_.framing != Framing::length || !head_.hasBody()) keepRest();
    if (bodyRead_ || !head_.hasBody())
    {
        bodyRead_ = true;
        co_return body;
    }
    BodyIntake intake(head_.encoding, limit, limits_.spillAt, limits_.spillDirectory);
    if (head_.encoding == Encoding::unknown) co_return refuse({415, "a Content-Encoding other than gzip and deflate"});
    if (head_.framing == Framing::length)
        if (Refusal refusal = intake.expect(static_cast<size_t>(head_.contentLength))) co_return refuse(refusal);
    if (head_.expectContinue && leftover_.empty() && !held_)
    {
        auto continuing = sendContinue();
        auto continued = co_await continuing;
        if (!continued) co_return failure(continued.error());
    }
    if (head_.framing == Framing::length)
    {
        auto reading = readFixed(intake);
        auto read = co_await reading;
        if (!read) co_return failure(read.error());
    }
    else
    {
        auto reading = readChunked(intake);
        auto read = co_await reading;
        if (!read) co_return failure(read.error());
    }
    if (Refusal refusal = intake.finish(body)) co_return refuse(refusal);
    bodyRead_ = true;
    co_return body;
}

Task<Result<Done, NetError>> ServerConnection::readFixed(BodyIntake& intake)
{
    auto left = static_cast<size_t>(head_.contentLength);
    if (held_)
    {
        const size_t here = std::min<size_t>(left, heldEnd_ - heldAt_);
        if (Refusal refusal = intake.add({held_.data() + heldAt_, here})) co_return refuse(refusal);
        left -= here;
        heldAt_ += static_cast<uint32_t>(here);
        if (heldAt_ < heldEnd_) keepRest();
        held_.release();
    }
    else
    {
        const size_t here = std::min(left, leftover_.size());
        if (Refusal refusal = intake.add(std::string_view(leftover_).substr(0, here))) co_return refuse(refusal);
        left -= here;
        if (here == leftover_.size())
            release(leftover_);
        else
            leftover_.erase(0, here);
    }
    const int64_t end = loop().after(limits_.bodyTotalMs);
    while (left > 0)
    {
        size_t room = 0;
        char* into = intake.space(left, room);
        Buffer buffer;
        IoResult got;
        if (into)
        {
            auto reading = stream_.read(into, room, {std::min(end, loop().after(limits_.bodyStallMs)), nullptr});
            got = co_await reading;
        }
        else
        {
            auto waiting = stream_.readable({std::min(end, loop().after(limits_.bodyStallMs)), nullptr});
            got.io = co_await waiting;
            if (got.io == Io::done)
            {
                buffer = loop().buffers().take();
                got = stream_.tryRead(buffer.data(), std::min(left, Buffer::kSize));
                if (got.io == Io::again) continue;
            }
        }
        if (!got.ok())
        {
            refused_ = mustClose_ = true;
            co_return failure(readError(got.io, "a request body", 408));
        }
        left -= got.bytes;
        if (into)
            intake.grown(got.bytes);
        else if (Refusal refusal = intake.add({buffer.data(), got.bytes}))
            co_return refuse(refusal);
    }
    co_return Done{};
}

Task<Result<Done, NetError>> ServerConnection::readChunked(BodyIntake& intake)
{
    ChunkedDecoder decoder;
    const int64_t end = loop().after(limits_.bodyTotalMs);
    std::string held = std::move(leftover_); // decoded first
    release(leftover_);
    for (;;)
    {
        Buffer buffer;
        char* bytes = held.data();
        size_t length = held.size();
        if (length == 0)
        {
            auto waiting = stream_.readable({std::min(end, loop().after(limits_.bodyStallMs)), nullptr});
            IoResult got{co_await waiting, 0};
            if (got.io == Io::done)
            {
                buffer = loop().buffers().take();
                got = stream_.tryRead(buffer.data(), Buffer::kSize);
                if (got.io == Io::again) continue;
            }
            if (!got.ok())
            {
                refused_ = mustClose_ = true;
                co_return failure(readError(got.io, "a request body", 408));
            }
            bytes = buffer.data();
            length = got.bytes;
        }
        const ChunkedDecoder::Progress progress = decoder.decode(bytes, length);
        if (Refusal refusal = intake.add({bytes, progress.body})) co_return refuse(refusal);
        if (decoder.failed()) co_return refuse({400, decoder.reason()});
        if (decoder.ended())
        {
            leftover_.assign(bytes + progress.consumed, length - progress.consumed);
            co_return Done{};
        }
        release(held);
    }
}

} // namespace switchyard::net
