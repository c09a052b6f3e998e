// ServerConnection: HTTP/1.1 towards a client, from its first byte to its last.
#pragma once

#include "net/address.h"
#include "net/body.h"
#include "net/buffers.h"
#include "net/error.h"
#include "net/head.h"
#include "net/stream.h"
#include "net/task.h"

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace switchyard::net
{

class TlsServer;
class BodyIntake;
struct Refusal;

/// What a server connection puts up with. One object for many connections; must outlive them.
struct ServerLimits
{
    size_t head = 64 * 1024;
    size_t line = 8 * 1024;       ///< request line and each header line
    size_t fields = 100;          ///< header fields
    size_t spillAt = 1024 * 1024; ///< bodies beyond lie in a file
    std::string spillDirectory = "/tmp";
    int64_t idleMs = 75'000;       ///< keep-alive, between requests
    int64_t headMs = 15'000;       ///< from the first byte of a head to its last; also the TLS handshake
    int64_t bodyStallMs = 30'000;  ///< between two pieces of a body
    int64_t bodyTotalMs = 600'000; ///< for a whole body
    int64_t writeStallMs = 60'000; ///< a client that takes nothing for so long is given up
    int64_t lingerMs = 2'000;      ///< how long to read and drop what a refused client still sends
};

/// One client connection. Use, in a coroutine that owns the connection:
///
///     for (;;)
///     {
///         auto reading = connection.readHead();
///         auto head = co_await reading;             // error: answer head.error().status if not 0, then leave
///         if (!head) ...
///         auto fetching = connection.readBody(limit);
///         auto body = co_await fetching;
///         connection.begin(200, headers, Framing::chunked);
///         auto sending = connection.send(pieces, ServerConnection::More::yes);   // head and first frame: one write
///         auto sent = co_await sending;
///         ...
///         auto finishing = connection.finish();
///         if (!co_await finishing) break;           // closes in good order, lingering where needed
///     }
///
/// Holds no read buffer while it waits. All members: [the loop's thread].
class ServerConnection
{
public:
    /// Takes over an accepted non-blocking descriptor. `drain`, if given, ends waiting for a next request (only that).
    ServerConnection(Loop& loop, int descriptor, const IpAddress& peer, const ServerLimits& limits,
                     Cancellation* drain = nullptr);
    ~ServerConnection();
    ServerConnection(const ServerConnection&) = delete;
    ServerConnection& operator=(const ServerConnection&) = delete;

    /// TLS handshake of a connection from a TLS listener, before the first readHead().
    Task<Result<Done, NetError>> startTls(TlsServer& tls);

    /// The next request. Valid until the next readHead() or releaseHead(). Errors: closed (the client went between
    /// requests; nothing to answer), timeout, reset, cancelled (drain) with status 0, or with the status to answer:
    /// 400, 408, 414, 431, 501, 505.
    Task<Result<const RequestHead*, NetError>> readHead();
    /// The whole body, decoded (chunked, gzip, deflate); an empty one if there is none. Sends `100 Continue` first if
    /// the client waits for it. `limit`: for the decoded size; tooLarge (413) beyond. 400 for broken framing or
    /// compression, 408 for a slow client, 415 for an unknown Content-Encoding.
    Task<Result<Body, NetError>> readBody(size_t limit);

    const RequestHead& head() const noexcept { return head_; }
    /// Gives the head's memory back before a long answer; head() is empty afterwards.
    void releaseHead() noexcept;
    const IpAddress& peer() const noexcept { return peer_; }
    bool secure() const noexcept { return stream_.tls() != nullptr; }

    /// Cancelled (clientGone) as soon as the client hangs up, also while nothing is read or written. Shutting down its
    /// sending side counts as hanging up: nobody who wants the rest of an answer does that over HTTP/1.1. What is
    /// awaited on the client's behalf is awaited under it.
    Cancellation& cancellation() noexcept { return gone_; }

    enum class More : uint8_t
    {
        no,
        yes
    };
    /// Most pieces that one send() takes.
    static constexpr size_t kMaxPieces = 6;

    /// Queues the head of an answer; it leaves with the first send(). `length` counts for Framing::length. Adds Date,
    /// Connection and the framing's header; what a client of HTTP/1.0 or a HEAD request must not get is left away here
    /// and in send(). Names and values are checked: one with CR, LF or NUL in it is dropped.
    void begin(int status, std::span<const Header> headers, Framing framing, int64_t length = 0);
    /// The same with fields that are lines already, each with its CR LF, in parts: whoever wrote them has checked them.
    void beginLines(int status, std::span<const std::string_view> lines, Framing framing, int64_t length = 0);
    bool begun() const noexcept { return state_ != State::request; }

    class SendAwaiter;
    /// Sends a part of the answer in one system call if the socket takes it: the head if it is still queued, framing,
    /// the pieces (at most kMaxPieces; valid until the end). More::no ends the answer. An empty part with More::yes
    /// sends what is queued and nothing else. Results: done, error, timeout (write stall), cancelled (client gone).
    SendAwaiter send(std::span<const std::string_view> pieces, More more) noexcept;

    /// A whole answer.
    Task<Io> respond(int status, std::span<const Header> headers, std::string_view body);

    /// Ends the exchange. True: read the next head. False: the connection is to be destroyed; done are a close in good
    /// order and, if the client was still sending, reading on for a moment, so that it sees the answer and no reset.
    Task<bool> finish();

    /// No further request after this answer (`Connection: close`); before begin().
    void closeAfter() noexcept { mustClose_ = true; }

    Loop& loop() const noexcept { return stream_.loop(); }
    Stream& stream() noexcept { return stream_; }

private:
    enum class State : uint8_t
    {
        request, // nothing of an answer yet
        headQueued,
        body,
        complete
    };

    NetError readError(Io io, const char* during, int timeoutStatus) const;
    Failure<NetError> refuse(const Refusal& refusal);
    Result<const RequestHead*, NetError> takeHead(std::span<const char> bytes, size_t length, Buffer& buffer);
    void keepRest();
    bool willKeepAlive() const noexcept;
    Framing settleFraming(int status, Framing framing, int64_t& length);
    Task<Result<Done, NetError>> sendContinue();
    Task<Result<Done, NetError>> readFixed(BodyIntake& intake);
    Task<Result<Done, NetError>> readChunked(BodyIntake& intake);
    Task<bool> skipBody();
    Task<void> linger();

    Stream stream_;
    const ServerLimits& limits_;
    Cancellation* drain_;
    Cancellation gone_;
    IpAddress peer_;
    std::string leftover_; // bytes behind what was consumed: a body's beginning, pipelined requests
    Buffer held_;          // the same in the buffer that they were read into, until the body is asked for
    uint32_t heldAt_ = 0;  // [heldAt_, heldEnd_)
    uint32_t heldEnd_ = 0;
    std::string raw_;      // the head's bytes
    std::string outHead_;
    RequestHead head_;
    int64_t outLeft_ = 0; // of an answer with Content-Length
    Framing outFraming_ = Framing::none;
    State state_ = State::request;
    bool bodyRead_ = false;
    bool continueSent_ = false;
    bool refused_ = false; // the client may still be sending what nobody will read
    bool mustClose_ = false;
    bool broken_ = false;
    bool omitBody_ = false; // HEAD, 204, 304
};

class ServerConnection::SendAwaiter
{
public:
    SendAwaiter(ServerConnection& connection, std::span<const std::string_view> pieces, More more) noexcept;
    bool await_ready() noexcept { return write_.await_ready(); }
    bool await_suspend(std::coroutine_handle<> handle) noexcept { return write_.await_suspend(handle); }
    Io await_resume() noexcept;

private:
    std::span<iovec> assemble(std::span<const std::string_view> pieces) noexcept;
    ServerConnection& connection_;
    More more_;
    std::array<char, 20> chunkHead_;
    std::array<iovec, kMaxPieces + 3> vector_;
    Stream::WriteAwaiter write_;
};

inline ServerConnection::SendAwaiter ServerConnection::send(std::span<const std::string_view> pieces,
                                                            More more) noexcept
{
    return {*this, pieces, more};
}

} // namespace switchyard::net
