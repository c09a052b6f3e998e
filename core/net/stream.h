// Stream: a non-blocking connection on a loop, plain or TLS, behind one type.
#pragma once

#include "net/deadlines.h"
#include "net/loop.h"
#include "net/waiter.h"

#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <span>
#include <sys/uio.h>
#include <utility>

struct ssl_st;

namespace switchyard::net
{

/// How an operation on a stream ended.
enum class Io : uint8_t
{
    again, ///< nothing yet (only the try... functions)
    done,  ///< bytes were moved
    end,   ///< the peer has closed its side in good order
    error, ///< the connection is broken; Stream::error() says how
    timeout,
    cancelled
};

struct IoResult
{
    Io io = Io::again;
    size_t bytes = 0;
    bool ok() const noexcept { return io == Io::done; }
};

/// A file descriptor registered once, edge-triggered, for both directions; what is known about readiness is kept here,
/// so that a read that came up short costs no second call. One reader and one writer may wait at a time. Pinned in
/// memory; closing (destroying) it withdraws it at once, also from the batch of events being served. [the loop's
/// thread]
class Stream final : public Watched, private Timed
{
public:
    /// Takes over a non-blocking descriptor, connected or `connecting` (writable() then says when it is decided).
    Stream(Loop& loop, int descriptor, bool connecting = false);
    ~Stream();
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;

    Loop& loop() const noexcept { return loop_; }
    int descriptor() const noexcept { return descriptor_; }

    /// Cancels `target` (reason clientGone) when the peer hangs up: shuts down, closes or resets. Null: nobody.
    void onHangup(Cancellation* target) noexcept;
    bool hungUp() const noexcept { return hungUp_; }
    /// Whether a read may find something (not known to have nothing).
    bool mayRead() const noexcept { return readable_ || hungUp_ || tlsPending_; }

    /// Told of any event while it is set: a pool that notices so when a kept connection dies.
    class Observer
    {
    public:
        virtual void stirred() noexcept = 0; ///< may destroy the stream

    protected:
        ~Observer() = default;
    };
    void observe(Observer* observer) noexcept { observer_ = observer; }

    /// Reads what is there, without waiting.
    IoResult tryRead(char* into, size_t room) noexcept;
    /// Sends as much as goes, without waiting; `pieces` is advanced behind what was sent.
    IoResult tryWrite(std::span<iovec>& pieces) noexcept;

    class ReadAwaiter;
    class WriteAwaiter;
    class ReadyAwaiter;

    /// At least one byte, or how it ended. `into` must stay valid while waiting.
    ReadAwaiter read(char* into, size_t room, Until until) noexcept;
    /// All of `pieces` (changed while at work; they and what they point to stay valid until the end). `stallMs`: gives
    /// up with timeout when the peer takes nothing for so long. `heed`: ends with again, and WriteAwaiter::rest() left,
    /// when it would have to wait while there may be something to read.
    WriteAwaiter write(std::span<iovec> pieces, Until until, int64_t stallMs, bool heed = false) noexcept;
    /// Until a try... call may succeed. Result: done, timeout, cancelled.
    ReadyAwaiter readable(Until until) noexcept;
    ReadyAwaiter writable(Until until) noexcept;

    /// Errno of what broke, 0 if TLS did.
    int error() const noexcept { return error_; }
    /// OpenSSL's reason when TLS broke, else strerror.
    const char* errorText() const noexcept;

    /// Puts TLS on the connection: takes over `tls`, which is set to connect or accept state. Handshake: see tls.h.
    void startTls(ssl_st* tls) noexcept;
    /// The handshake is over: bytes may have come with its end.
    void tlsReady() noexcept { tlsPending_ = true; }
    ssl_st* tls() const noexcept { return tls_; }
    /// Takes TLS off the connection, to put other TLS over it.
    ssl_st* releaseTls() noexcept { return std::exchange(tls_, nullptr); }
    /// Sends close_notify if TLS is on and no wait is needed for it.
    void shutdownTls() noexcept;

    // What waits: reading and writing awaiters derive from it. step() tries the operation and says whether it has
    // ended.
    class Operation : public Waiter
    {
    public:
        Operation(const Operation&) = delete;
        Operation& operator=(const Operation&) = delete;

    protected:
        enum class Side : uint8_t
        {
            read,
            write
        };
        Operation(Stream* stream, Side side, Until until) noexcept : stream_(stream), until_(until), side_(side) {}
        virtual ~Operation() { withdraw(); }
        virtual bool step() noexcept = 0;
        /// From await_suspend. False: it ended already, do not suspend. A cancelled Cancellation ends it at once.
        bool suspend(std::coroutine_handle<> coroutine) noexcept;
        /// From await_resume, before anything else.
        void withdraw() noexcept;
        void moveDeadline(int64_t by) noexcept;

        Stream* stream_;
        Until until_;
        Side side_;
        bool waiting_ = false;

    private:
        friend class Stream;
    };

private:
    friend struct StreamBio;
    void happened(uint32_t events) noexcept override;
    void expired() noexcept override;
    void rearm() noexcept;
    void serve(Operation* operation) noexcept;
    IoResult plainRead(char* into, size_t room) noexcept;
    IoResult plainWrite(std::span<iovec> pieces) noexcept;
    IoResult tlsResult(int returned, bool reading) noexcept;
    IoResult broken(int error) noexcept;

    Loop& loop_;
    Kick kick_;
    ssl_st* tls_ = nullptr;
    Operation* reader_ = nullptr;
    Operation* writer_ = nullptr;
    Cancellation* hangup_ = nullptr;
    Observer* observer_ = nullptr;
    bool* alive_ = nullptr; // set false by the destructor while happened() is at work
    int descriptor_;
    int error_ = 0;
    unsigned long tlsError_ = 0;
    uint8_t streak_ = 0; // operations that found data without waiting, in a row
    bool readable_ = false;
    bool writable_ = true;
    bool hungUp_ = false;
    bool tlsPending_ = false; // OpenSSL may hold bytes that epoll knows nothing of
};

class Stream::ReadAwaiter final : public Stream::Operation
{
public:
    ReadAwaiter(Stream& stream, char* into, size_t room, Until until) noexcept
        : Operation(&stream, Side::read, until), into_(into), room_(room)
    {
    }
    bool await_ready() const noexcept { return false; }
    bool await_suspend(std::coroutine_handle<> handle_) noexcept { return suspend(handle_); }
    IoResult await_resume() noexcept;

private:
    bool step() noexcept override;
    char* into_;
    size_t room_;
    IoResult result_;
};

class Stream::WriteAwaiter final : public Stream::Operation
{
public:
    WriteAwaiter(Stream& stream, std::span<iovec> pieces, Until until, int64_t stallMs, bool heed) noexcept;
    bool await_ready() noexcept { return step(); }
    bool await_suspend(std::coroutine_handle<> handle_) noexcept { return suspend(handle_); }
    IoResult await_resume() noexcept;
    std::span<iovec> rest() const noexcept { return pieces_; }

private:
    bool step() noexcept override;
    std::span<iovec> pieces_;
    int64_t limit_;
    int64_t stallMs_;
    bool heed_;
    IoResult result_;
};

class Stream::ReadyAwaiter final : public Stream::Operation
{
public:
    ReadyAwaiter(Stream& stream, bool reading, Until until) noexcept
        : Operation(&stream, reading ? Side::read : Side::write, until)
    {
    }
    bool await_ready() const noexcept { return false; }
    bool await_suspend(std::coroutine_handle<> handle_) noexcept { return suspend(handle_); }
    Io await_resume() noexcept;

private:
    bool step() noexcept override;
};

inline Stream::ReadAwaiter Stream::read(char* into, size_t room, Until until) noexcept
{
    return {*this, into, room, until};
}
inline Stream::WriteAwaiter Stream::write(std::span<iovec> pieces, Until until, int64_t stallMs, bool heed) noexcept
{
    return {*this, pieces, until, stallMs, heed};
}
inline Stream::ReadyAwaiter Stream::readable(Until until) noexcept { return {*this, true, until}; }
inline Stream::ReadyAwaiter Stream::writable(Until until) noexcept { return {*this, false, until}; }

} // namespace switchyard::net
