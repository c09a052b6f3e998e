#include "net/listener.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace switchyard::net
{

namespace
{

constexpr int kBacklog = 4096;
constexpr int kAcceptsPerTurn = 128;

std::string because(const std::string& what, int error) { return what + ": " + std::strerror(error); }

} // namespace

Listener::Listener(Loop& loop, int descriptor, bool tcp, ConnectionSlots& slots, Receiver receiver)
    : loop_(loop), slots_(slots), receiver_(std::move(receiver)), descriptor_(descriptor),
      spare_(::open("/dev/null", O_RDONLY | O_CLOEXEC)), tcp_(tcp)
{
    // Level-triggered: what is left in the queue after a turn's share is reported again. EXCLUSIVE: of several loops on
    // one unix socket only one wakes.
    loop_.watch(descriptor_, EPOLLIN | (tcp ? 0u : static_cast<uint32_t>(EPOLLEXCLUSIVE)), *this);
}

Listener::~Listener()
{
    loop_.unwatch(descriptor_, *this);
    ::close(descriptor_);
    if (spare_ >= 0) ::close(spare_);
    if (!unlinkPath_.empty()) ::unlink(unlinkPath_.c_str());
}

Result<std::unique_ptr<Listener>, std::string> Listener::tcp(Loop& loop, const std::string& host, uint16_t port,
                                                             ConnectionSlots& slots, Receiver receiver)
{
    const auto address = IpAddress::parse(host.empty() ? "::" : host, port);
    if (!address) return failure("cannot listen on " + host + ": not an IP address");
    const std::string where = "cannot listen on " + address->textWithPort();
    const bool v6 = address->family == IpAddress::Family::v6;
    const int made = ::socket(v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (made < 0) return failure(because(where, errno));
    const int on = 1;
    const int off = 0;
    ::setsockopt(made, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    ::setsockopt(made, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on));
    ::setsockopt(made, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)); // accepted sockets inherit it
    if (v6) ::setsockopt(made, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
    sockaddr_storage raw;
    const socklen_t length = address->toSockaddr(raw);
    if (::bind(made, reinterpret_cast<sockaddr*>(&raw), length) != 0 || ::listen(made, kBacklog) != 0)
    {
        const int error = errno;
        ::close(made);
        return failure(because(where, error));
    }
    std::unique_ptr<Listener> listener(new Listener(loop, made, true, slots, std::move(receiver)));
    socklen_t size = sizeof(raw);
    ::getsockname(made, reinterpret_cast<sockaddr*>(&raw), &size);
    listener->port_ = IpAddress::from(reinterpret_cast<sockaddr*>(&raw)).port;
    return listener;
}

Result<std::unique_ptr<Listener>, std::string> Listener::unixSocket(Loop& loop, const std::string& path, unsigned mode,
                                                                    ConnectionSlots& slots, Receiver receiver,
                                                                    int shared)
{
    const std::string where = "cannot listen on " + path;
    if (shared >= 0)
    {
        const int copy = ::fcntl(shared, F_DUPFD_CLOEXEC, 0);
        if (copy < 0) return failure(because(where, errno));
        return std::unique_ptr<Listener>(new Listener(loop, copy, false, slots, std::move(receiver)));
    }
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.empty() || path.size() >= sizeof(address.sun_path))
        return failure(where + ": the path is empty or longer than 107 bytes");
    std::memcpy(address.sun_path, path.data(), path.size());
    const int made = ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (made < 0) return failure(because(where, errno));
    auto* raw = reinterpret_cast<sockaddr*>(&address);
    int bound = ::bind(made, raw, sizeof(address));
    struct stat found
    {
    };
    if (bound != 0 && errno == EADDRINUSE && ::stat(path.c_str(), &found) == 0 && S_ISSOCK(found.st_mode))
    {
        // Left behind by a process that died, or in use? A connection tells.
        const int probe = ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        const bool dead = probe >= 0 && ::connect(probe, raw, sizeof(address)) != 0 && errno == ECONNREFUSED;
        if (probe >= 0) ::close(probe);
        errno = EADDRINUSE;
        if (dead && ::unlink(path.c_str()) == 0) bound = ::bind(made, raw, sizeof(address));
    }
    if (bound != 0 || ::chmod(path.c_str(), static_cast<mode_t>(mode)) != 0 || ::listen(made, kBacklog) != 0)
    {
        const int error = errno;
        ::close(made);
        return failure(because(where, error));
    }
    std::unique_ptr<Listener> listener(new Listener(loop, made, false, slots, std::move(receiver)));
    listener->unlinkPath_ = path;
    return listener;
}

void Listener::happened(uint32_t) noexcept
{
    for (int i = 0; i < kAcceptsPerTurn; ++i)
    {
        sockaddr_storage raw;
        socklen_t length = sizeof(raw);
        const int accepted =
            ::accept4(descriptor_, reinterpret_cast<sockaddr*>(&raw), &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (accepted < 0)
        {
            if (errno == EMFILE || errno == ENFILE) shedOne();
            if (errno == EINTR || errno == ECONNABORTED) continue;
            return;
        }
        auto slot = slots_.take();
        if (!slot)
        {
            refuse(accepted);
            continue;
        }
        IpAddress peer;
        if (tcp_) peer = IpAddress::from(reinterpret_cast<sockaddr*>(&raw));
        receiver_({accepted, peer, std::move(slot)});
    }
}

void Listener::refuse(int descriptor) noexcept
{
    static constexpr std::string_view kBody =
        R"({"error":{"message":"too many connections, try again","type":"overloaded","param":"","code":"too_many_connections"}})";
    static const std::string kBusy =
        "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nRetry-After: 1\r\n"
        "Connection: close\r\nContent-Length: " +
        std::to_string(kBody.size()) + "\r\n\r\n" + std::string(kBody);
    // Best effort: a client that has to wait for this answer would cost what it is refused for.
    if (::send(descriptor, kBusy.data(), kBusy.size(), MSG_NOSIGNAL | MSG_DONTWAIT) > 0)
        ::shutdown(descriptor, SHUT_WR);
    ::close(descriptor);
}

// Out of descriptors: one is kept in reserve, so that a waiting client can be sent away instead of waking the loop for
// ever.
void Listener::shedOne() noexcept
{
    if (spare_ < 0) return;
    ::close(spare_);
    const int accepted = ::accept4(descriptor_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (accepted >= 0) refuse(accepted);
    spare_ = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    errno = EAGAIN;
}

} // namespace switchyard::net
