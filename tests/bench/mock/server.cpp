#include "server.h"
#include <arpa/inet.h>
#include <cerrno>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>

namespace mock
{
namespace
{

constexpr int kBatch = 512;

[[noreturn]] void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

epoll_event interest(std::uint64_t id, bool writable)
{
    epoll_event event{};
    event.events = EPOLLIN | EPOLLRDHUP | (writable ? EPOLLOUT : 0u);
    event.data.u64 = id;
    return event;
}

} // namespace

Server::Server(Journal& journal, const Defaults& defaults)
    : journal_(journal), defaults_(defaults), epoll_(epoll_create1(EPOLL_CLOEXEC))
{
    if (epoll_ < 0) fail("epoll_create1");
}

Server::~Server()
{
    connections_.clear();
    for (const auto& [id, listener] : listeners_)
        close(listener.fd);
    close(epoll_);
}

int Server::listen(int port, SSL_CTX* tls)
{
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) fail("socket");
    const int on = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (bind(fd, reinterpret_cast<sockaddr*>(&address), size) != 0) fail("bind");
    if (::listen(fd, 4096) != 0) fail("listen");
    getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);

    const std::uint64_t id = nextId_++;
    listeners_[id] = {fd, tls};
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = id;
    epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
    return ntohs(address.sin_port);
}

void Server::accept(const Listener& listener)
{
    for (int round = 0; round < 64; ++round)
    {
        const int fd = accept4(listener.fd, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) return;
        const int on = 1;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        const std::uint64_t id = nextId_++;
        connections_[id].connection = std::make_unique<Connection>(fd, id, listener.tls, journal_, defaults_);
        epoll_event event = interest(id, false);
        epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
    }
}

void Server::follow(std::uint64_t id, const Connection::Wish& wish)
{
    const auto found = connections_.find(id);
    if (!wish.alive)
    {
        connections_.erase(found);
        return;
    }
    Slot& slot = found->second;
    if (slot.writable != wish.writable)
    {
        slot.writable = wish.writable;
        epoll_event event = interest(id, wish.writable);
        epoll_ctl(epoll_, EPOLL_CTL_MOD, slot.connection->fd(), &event);
    }
    if (wish.wakeAt != 0 && wish.wakeAt != slot.wakeAt) timers_.push({wish.wakeAt, id});
    slot.wakeAt = wish.wakeAt;
}

void Server::wakeTheDue()
{
    const std::uint64_t now = monotonicNow();
    while (!timers_.empty() && timers_.top().when <= now)
    {
        const Timer timer = timers_.top();
        timers_.pop();
        const auto found = connections_.find(timer.connection);
        // A timer that its connection has outlived, or no longer wants, is left over from an earlier wish.
        if (found == connections_.end() || found->second.wakeAt != timer.when) continue;
        follow(timer.connection, found->second.connection->onWake());
    }
}

int Server::millisecondsToNext() const
{
    if (timers_.empty()) return 1000;
    const std::uint64_t now = monotonicNow();
    const std::uint64_t when = timers_.top().when;
    if (when <= now) return 0;
    return static_cast<int>((when - now) / 1'000'000 + 1);
}

void Server::run(const volatile int& stop)
{
    epoll_event events[kBatch];
    while (!stop)
    {
        const int count = epoll_wait(epoll_, events, kBatch, millisecondsToNext());
        for (int i = 0; i < count; ++i)
        {
            const std::uint64_t id = events[i].data.u64;
            if (const auto listener = listeners_.find(id); listener != listeners_.end())
            {
                accept(listener->second);
                continue;
            }
            auto found = connections_.find(id);
            if (found == connections_.end()) continue;
            if (events[i].events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR))
            {
                follow(id, found->second.connection->onReadable());
                found = connections_.find(id);
            }
            if (events[i].events & EPOLLOUT && found != connections_.end())
                follow(id, found->second.connection->onWake());
        }
        wakeTheDue();
    }
}

} // namespace mock
