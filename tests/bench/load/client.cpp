#include "client.h"
#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>

namespace load
{
namespace
{

constexpr int kBatch = 512;
constexpr std::uint64_t kErrorsUntilGivenUp = 100'000;

std::uint64_t monotonicNow()
{
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000u + static_cast<std::uint64_t>(now.tv_nsec);
}

std::uint64_t nanoseconds(double seconds) { return static_cast<std::uint64_t>(seconds * 1e9); }

} // namespace

Client::Client(Plan plan)
    : plan_(std::move(plan)), epoll_(epoll_create1(EPOLL_CLOEXEC)), connections_(plan_.connections)
{
    if (epoll_ < 0) throw std::system_error(errno, std::generic_category(), "epoll_create1");
}

Client::~Client()
{
    for (const Connection& connection : connections_)
        if (connection.fd >= 0) close(connection.fd);
    close(epoll_);
}

void Client::open(std::size_t index)
{
    Connection& connection = connections_[index];
    connection.fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (connection.fd < 0) throw std::system_error(errno, std::generic_category(), "socket");
    const int on = 1;
    setsockopt(connection.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(plan_.port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connection.connected = false;
    connection.waiting = false;
    epoll_event event{};
    event.events = EPOLLOUT | EPOLLIN;
    event.data.u64 = index;
    epoll_ctl(epoll_, EPOLL_CTL_ADD, connection.fd, &event);
    if (connect(connection.fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 &&
        errno != EINPROGRESS)
        fail(index, std::string("connect: ") + std::strerror(errno));
}

void Client::fail(std::size_t index, const std::string& what)
{
    Connection& connection = connections_[index];
    ++report_.errors;
    if (report_.firstError.empty()) report_.firstError = what;
    close(connection.fd);
    connection.fd = -1;
    if (report_.errors < kErrorsUntilGivenUp) open(index);
}

void Client::send(std::size_t index)
{
    Connection& connection = connections_[index];
    const std::string& request = plan_.request;
    if (!connection.waiting)
    {
        connection.reader.begin(plan_.streams);
        connection.sent = 0;
        connection.lastFrame = 0;
        connection.waiting = true;
        connection.sentAt = monotonicNow();
    }
    const ssize_t sent =
        ::send(connection.fd, request.data() + connection.sent, request.size() - connection.sent, MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN)
    {
        fail(index, std::string("send: ") + std::strerror(errno));
        return;
    }
    if (sent > 0) connection.sent += static_cast<std::size_t>(sent);
}

void Client::onStamp(void* context, std::uint64_t stamp)
{
    auto& client = *static_cast<Client*>(context);
    Connection& connection = *client.current_;
    const bool first = connection.lastFrame == 0;
    if (client.measuring_)
    {
        ++client.report_.frames;
        client.report_.latency.add(client.now_ > stamp ? client.now_ - stamp : 0);
        if (first)
            client.report_.firstFrame.add(client.now_ - connection.sentAt);
        else
            client.report_.gap.add(client.now_ - connection.lastFrame);
    }
    connection.lastFrame = client.now_;
}

void Client::onInput(std::size_t index)
{
    static char buffer[256 * 1024];
    Connection& connection = connections_[index];
    const ssize_t got = recv(connection.fd, buffer, sizeof buffer, 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0)
    {
        fail(index,
             got == 0 ? "the connection was closed within an answer" : std::string("recv: ") + std::strerror(errno));
        return;
    }
    now_ = monotonicNow();
    current_ = &connection;
    const Arrival arrival = connection.reader.feed({buffer, static_cast<std::size_t>(got)}, &Client::onStamp, this);
    if (arrival.broken || (arrival.complete && connection.reader.status() != 200))
    {
        fail(index, "answer with status " + std::to_string(connection.reader.status()) + ": " +
                        std::string(buffer, std::min<std::size_t>(static_cast<std::size_t>(got), 600)));
        return;
    }
    if (!arrival.complete) return;
    if (measuring_)
    {
        ++report_.answers;
        report_.answerTime.add(now_ - connection.sentAt);
    }
    connection.waiting = false;
    send(index);
}

void Client::onEvent(std::size_t index, std::uint32_t events)
{
    Connection& connection = connections_[index];
    if (connection.fd < 0) return;
    if (!connection.connected)
    {
        int error = 0;
        socklen_t size = sizeof error;
        getsockopt(connection.fd, SOL_SOCKET, SO_ERROR, &error, &size);
        if (error != 0)
        {
            fail(index, std::string("connect: ") + std::strerror(error));
            return;
        }
        connection.connected = true;
        send(index);
    }
    else if (events & EPOLLOUT && connection.sent < plan_.request.size())
        send(index);
    if (connection.fd < 0) return;
    if (events & EPOLLOUT && connection.sent == plan_.request.size())
    {
        // Requests are far smaller than a socket's buffer: from here on only input is of interest.
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.u64 = index;
        epoll_ctl(epoll_, EPOLL_CTL_MOD, connection.fd, &event);
    }
    if (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) onInput(index);
}

Report Client::run()
{
    const std::uint64_t start = monotonicNow();
    const std::uint64_t ramp = nanoseconds(plan_.rampSeconds);
    const std::uint64_t measureFrom = start + ramp + nanoseconds(plan_.warmSeconds);
    const std::uint64_t measureTo = measureFrom + nanoseconds(plan_.seconds);
    std::size_t opened = 0;
    epoll_event events[kBatch];
    for (;;)
    {
        std::uint64_t now = monotonicNow();
        if (now >= measureTo || report_.errors >= kErrorsUntilGivenUp) break;
        if (!measuring_ && now >= measureFrom)
        {
            measuring_ = true;
            report_.before = usageOf(plan_.watchedPid);
        }
        const std::size_t due =
            ramp == 0 || now - start >= ramp
                ? connections_.size()
                : static_cast<std::size_t>(static_cast<double>(connections_.size()) * static_cast<double>(now - start) /
                                           static_cast<double>(ramp));
        while (opened < due)
            open(opened++);
        const int count = epoll_wait(epoll_, events, kBatch, opened < connections_.size() ? 1 : 20);
        for (int i = 0; i < count; ++i)
            onEvent(static_cast<std::size_t>(events[i].data.u64), events[i].events);
    }
    report_.after = usageOf(plan_.watchedPid);
    report_.seconds = plan_.seconds;
    for (const Connection& connection : connections_)
        report_.running += connection.fd >= 0 && connection.waiting;
    return std::move(report_);
}

} // namespace load
