// HttpCall: one request to an upstream and its answer, piece by piece.
#pragma once

#include "net/buffers.h"
#include "net/chunked.h"
#include "net/client_pool.h"
#include "net/error.h"
#include "net/gate.h"
#include "net/head.h"
#include "net/inflate.h"
#include "net/stream.h"
#include "net/task.h"
#include "net/url.h"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace switchyard::net
{

/// What to send. Everything it points to stays valid until send() has returned.
struct HttpRequest
{
    std::string_view method = "POST";
    const Url* url = nullptr;
    /// Sent byte for byte, in this order. Added are only Host, Content-Length, Accept-Encoding, Connection, and
    /// User-Agent if absent; these and Transfer-Encoding given here are left away (User-Agent excepted). A name or
    /// value that the gate would refuse is a protocol error.
    std::span<const Header> headers;
    /// The body, in pieces that go out verbatim one after another. A range of a client's Body is a piece like any
    /// other.
    std::span<const std::string_view> body;
};

struct CallOptions
{
    const Url* proxy = nullptr; ///< null: direct. `http https socks5 socks5h`; outlives the call
    AddressRule addresses = AddressRule::any;
    int64_t connectMs = 10'000;    ///< for DNS, connect, proxy and TLS together
    int64_t firstByteMs = 300'000; ///< from the last byte sent to the first of the answer
    int64_t stallMs = 120'000;     ///< between two reads of the body
    int64_t writeStallMs = 60'000; ///< the upstream takes nothing
    int64_t totalBy = kNever;      ///< for everything, in the loop's time
    Cancellation* under = nullptr; ///< usually the client connection's
    bool acceptCompressed = true;  ///< offers gzip and deflate; what comes is decoded here
};

/// One exchange with an upstream:
///
///     HttpCall call(pool, options);
///     auto sending = call.send(request);
///     auto head = co_await sending;               // Result<const ResponseHead*, NetError>
///     for (;;)
///     {
///         auto reading = call.read();
///         auto piece = co_await reading;          // Result<std::string_view, NetError>
///         if (!piece || piece->empty()) break;    // failed, or the end
///         ...
///     }
///
/// Read to the end, the connection goes back to the pool (by then, not at destruction); destroyed earlier, it is
/// closed. Resent once, on a fresh connection, if a kept one died before the first byte of an answer came. Redirects
/// are not followed. [the loop's thread]
class HttpCall
{
public:
    HttpCall(ClientPool& pool, const CallOptions& options);
    ~HttpCall();
    HttpCall(const HttpCall&) = delete;
    HttpCall& operator=(const HttpCall&) = delete;

    /// Sends the request and waits for the head of the answer (1xx are skipped), which is valid as long as the call, or
    /// until releaseHead(). Its headers are those of the upstream, without Content-Encoding and Content-Length if the
    /// body is decoded here.
    Task<Result<const ResponseHead*, NetError>> send(const HttpRequest& request);

    class ReadAwaiter;
    /// The next piece of the body, decoded: 1 byte to 16 KiB, valid until the next read() or the end of the call; empty
    /// at the end, then and ever after. Followed by at least 64 bytes that may be read. Errors: reset and closed (the
    /// answer was cut off), timeout (stall, total), protocol, cancelled.
    ReadAwaiter read(Until until = {}) noexcept;
    /// All that is left; tooLarge beyond `limit` bytes.
    Task<Result<std::string, NetError>> readAll(size_t limit);

    const ResponseHead& head() const noexcept { return head_; }
    void releaseHead() noexcept;
    /// Whether the answer was read to its end.
    bool ended() const noexcept { return ended_; }
    /// Bytes of the answer's body as they came over the wire.
    uint64_t wireBytes() const noexcept { return wireBytes_; }

    /// Changes what was given in the options; counts from the next wait on.
    void setTotal(int64_t totalBy) noexcept { options_.totalBy = totalBy; }

private:
    enum class Step : uint8_t
    {
        wait,
        piece,
        end,
        failed
    };

    using HeadText = std::basic_string<char, std::char_traits<char>, PoolAllocator<char>>;
    Result<HeadText, NetError> requestHead(const HttpRequest& request) const;
    Task<Result<Done, NetError>> attempt(const HttpRequest& request, std::string_view head, bool& answered);
    Result<bool, NetError> takeHead(Buffer& buffer, size_t got, HeadScanner& scanner);
    Result<bool, NetError> headComplete(size_t length, Buffer& buffer, size_t from, size_t got);
    Step advance(std::string_view& piece);
    Step receive();
    Step takeIn(size_t from, size_t count);
    Step inflate(std::string_view& piece);
    Step fail(ErrorClass kind, std::string_view text);
    bool mustWait() const noexcept;
    void detach();
    NetError ioError(Io io, Timeout which, std::string_view during) const;

    ClientPool& pool_;
    CallOptions options_;
    std::unique_ptr<ClientConnection> connection_;
    std::unique_ptr<Inflater> inflater_;
    std::unique_ptr<NetError> error_;
    std::string host_; // for error texts
    std::string raw_;  // the head's bytes
    ResponseHead head_;
    ChunkedDecoder chunks_;
    Buffer wire_;         // what was read, framing removed
    Buffer plain_;        // inflated
    uint32_t wireAt_ = 0; // not yet handed out: [wireAt_, wireEnd_)
    uint32_t wireEnd_ = 0;
    int64_t remaining_ = 0;
    uint64_t wireBytes_ = 0;
    bool headRequest_ = false;
    bool wireEnded_ = false; // the body's last byte is here
    bool ended_ = false;
    bool moreToInflate_ = false;
    bool reusable_ = true;
};

/// See HttpCall::read.
class HttpCall::ReadAwaiter final : public Stream::Operation
{
public:
    ReadAwaiter(HttpCall& call, Until until) noexcept;
    bool await_ready() noexcept;
    bool await_suspend(std::coroutine_handle<> coroutine) noexcept { return suspend(coroutine); }
    Result<std::string_view, NetError> await_resume();

private:
    bool step() noexcept override;
    HttpCall& call_;
    std::string_view piece_;
    int64_t stallBy_;
    Step step_ = Step::wait;
};

} // namespace switchyard::net
