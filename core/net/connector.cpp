#include "net/connector.h"

#include "net/task_set.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

namespace switchyard::net
{

std::vector<IpAddress> interleaved(const std::vector<IpAddress>& addresses)
{
    std::vector<IpAddress> out;
    if (addresses.empty()) return out;
    std::vector<IpAddress> same;
    std::vector<IpAddress> other;
    for (const IpAddress& address : addresses)
        (address.family == addresses.front().family ? same : other).push_back(address);
    for (size_t i = 0; i < std::max(same.size(), other.size()); ++i)
    {
        if (i < same.size()) out.push_back(same[i]);
        if (i < other.size()) out.push_back(other[i]);
    }
    return out;
}

namespace
{

// The attempts of one connectAny.
struct Race
{
    Loop& loop;
    std::string host;
    std::unique_ptr<Stream> winner;
    size_t running = 0;
    std::string lastError;
    Signal changed;
};

// Begins to connect. Null: it failed at once, `error` says why.
std::unique_ptr<Stream> begin(Loop& loop, const IpAddress& address, int& error)
{
    const bool v6 = address.family == IpAddress::Family::v6;
    const int made = ::socket(v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (made < 0)
    {
        error = errno;
        return nullptr;
    }
    const int on = 1;
    const int idleSeconds = 60;
    ::setsockopt(made, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    // A model may think for minutes without a byte; keep-alives hold the way open through address translators.
    ::setsockopt(made, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
    ::setsockopt(made, IPPROTO_TCP, TCP_KEEPIDLE, &idleSeconds, sizeof(idleSeconds));
    sockaddr_storage raw;
    const socklen_t length = address.toSockaddr(raw);
    if (::connect(made, reinterpret_cast<sockaddr*>(&raw), length) != 0 && errno != EINPROGRESS)
    {
        error = errno;
        ::close(made);
        return nullptr;
    }
    return std::make_unique<Stream>(loop, made, true);
}

// One address; leaves the stream in race.winner if it is the first to succeed.
Task<void> attempt(Race& race, IpAddress address, Until until)
{
    int error = 0;
    std::unique_ptr<Stream> stream = begin(race.loop, address, error);
    Io io = Io::done;
    if (stream)
    {
        auto waiting = stream->writable(until);
        io = co_await waiting;
        socklen_t length = sizeof(error);
        if (io == Io::done) ::getsockopt(stream->descriptor(), SOL_SOCKET, SO_ERROR, &error, &length);
    }
    --race.running;
    if (io == Io::done && error == 0 && !race.winner)
        race.winner = std::move(stream);
    else if (error != 0)
        race.lastError = race.host + " (" + address.textWithPort() + "): " + std::strerror(error);
    race.changed.notify();
}

} // namespace

Task<Result<std::unique_ptr<Stream>, NetError>> connectAny(Loop& loop, std::vector<IpAddress> addresses,
                                                           std::string host, Until until)
{
    addresses = interleaved(addresses);
    Race race{loop, std::move(host), nullptr, 0, {}, {}};
    TaskSet attempts;
    size_t next = 0;
    int64_t startNext = loop.now();
    for (;;)
    {
        if (race.winner) co_return std::move(race.winner);
        if (next < addresses.size() && (race.running == 0 || loop.now() >= startNext))
        {
            ++race.running;
            attempts.start(attempt(race, addresses[next++], until));
            startNext = loop.now() + kStaggerMs;
        }
        if (race.running == 0)
            co_return netFailure(ErrorClass::connect,
                                 race.lastError.empty() ? race.host + ": no address" : race.lastError);
        auto waiting =
            race.changed.wait({next < addresses.size() ? std::min(until.by, startNext) : until.by, until.under});
        const Wake woken = co_await waiting;
        if (woken == Wake::cancelled)
            co_return netFailure(ErrorClass::cancelled, race.host + ": cancelled while connecting");
        if (woken == Wake::timeout && loop.now() >= until.by)
            co_return netFailure(ErrorClass::timeout,
                                 race.host + " (" + addresses.front().textWithPort() + "): no connection in time",
                                 Timeout::connect);
    }
}

} // namespace switchyard::net
