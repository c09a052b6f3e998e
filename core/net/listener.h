// Listener: accepts connections for one loop, with a cap.
#pragma once

#include "base/result.h"
#include "net/address.h"
#include "net/loop.h"

#include <functional>
#include <memory>
#include <string>

namespace switchyard::net
{

/// Counts the open connections of one loop. A Slot is held as long as its connection lives.
class ConnectionSlots
{
public:
    explicit ConnectionSlots(size_t limit) noexcept : limit_(limit) {}
    ConnectionSlots(const ConnectionSlots&) = delete;
    ConnectionSlots& operator=(const ConnectionSlots&) = delete;

    class Slot
    {
    public:
        Slot() noexcept = default;
        Slot(Slot&& other) noexcept : slots_(std::exchange(other.slots_, nullptr)) {}
        Slot& operator=(Slot&& other) noexcept
        {
            std::swap(slots_, other.slots_);
            return *this;
        }
        ~Slot()
        {
            if (slots_) --slots_->used_;
        }
        explicit operator bool() const noexcept { return slots_ != nullptr; }

    private:
        friend class ConnectionSlots;
        explicit Slot(ConnectionSlots& slots) noexcept : slots_(&slots) { ++slots.used_; }
        ConnectionSlots* slots_ = nullptr;
    };

    /// An empty Slot when the limit is reached.
    Slot take() noexcept { return used_ < limit_ ? Slot(*this) : Slot(); }
    size_t used() const noexcept { return used_; }

private:
    size_t limit_;
    size_t used_ = 0;
};

/// A connection that was just accepted: non-blocking, TCP_NODELAY set.
struct Accepted
{
    int descriptor = -1; ///< the receiver's from now on
    IpAddress peer;      ///< Family::none for a unix socket
    ConnectionSlots::Slot slot;
};

/// A listening socket on a loop. Above the cap, and when the process is out of descriptors, clients get a short 503 and
/// are closed. Destroying it stops listening; connections live on. [the loop's thread]
class Listener final : private Watched
{
public:
    using Receiver = std::function<void(Accepted)>;

    /// Listens on `host` (an IP literal; `::` serves IPv4 too) and `port` (0: any free one) with SO_REUSEPORT, so that
    /// each loop has its own. The error is a sentence that names the address.
    static Result<std::unique_ptr<Listener>, std::string> tcp(Loop& loop, const std::string& host, uint16_t port,
                                                              ConnectionSlots& slots, Receiver receiver);
    /// Listens on a unix socket. A socket file that nobody listens on any more is replaced; `mode` are its permissions.
    /// Several loops share one: give the descriptor of the first as `shared`.
    static Result<std::unique_ptr<Listener>, std::string> unixSocket(Loop& loop, const std::string& path, unsigned mode,
                                                                     ConnectionSlots& slots, Receiver receiver,
                                                                     int shared = -1);
    ~Listener();
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

    /// The port in use.
    uint16_t port() const noexcept { return port_; }
    int descriptor() const noexcept { return descriptor_; }

private:
    Listener(Loop& loop, int descriptor, bool tcp, ConnectionSlots& slots, Receiver receiver);
    void happened(uint32_t events) noexcept override;
    void refuse(int descriptor) noexcept;
    void shedOne() noexcept;

    Loop& loop_;
    ConnectionSlots& slots_;
    Receiver receiver_;
    std::string unlinkPath_;
    int descriptor_;
    int spare_;
    uint16_t port_ = 0;
    bool tcp_;
};

} // namespace switchyard::net
