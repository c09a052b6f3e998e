// The mock upstream's loop: one thread, one epoll, listeners for plain HTTP and TLS on 127.0.0.1.
#pragma once
#include "connection.h"
#include "journal.h"
#include <memory>
#include <queue>
#include <string>
#include <unordered_map>

namespace mock
{

class Server
{
public:
    Server(Journal& journal, const Defaults& defaults);
    ~Server();

    /// Listens on 127.0.0.1; port 0 takes a free one. Returns the port. Throws std::system_error.
    int listen(int port, SSL_CTX* tls);
    /// Serves until `stop` is set by a signal handler.
    void run(const volatile int& stop);

private:
    struct Listener
    {
        int fd;
        SSL_CTX* tls;
    };
    struct Slot
    {
        std::unique_ptr<Connection> connection;
        bool writable = false;
        std::uint64_t wakeAt = 0;
    };
    struct Timer
    {
        std::uint64_t when;
        std::uint64_t connection;
        bool operator>(const Timer& other) const { return when > other.when; }
    };

    void accept(const Listener& listener);
    void follow(std::uint64_t id, const Connection::Wish& wish);
    void wakeTheDue();
    int millisecondsToNext() const;

    Journal& journal_;
    Defaults defaults_;
    int epoll_;
    std::unordered_map<std::uint64_t, Listener> listeners_;
    std::unordered_map<std::uint64_t, Slot> connections_;
    std::priority_queue<Timer, std::vector<Timer>, std::greater<>> timers_;
    std::uint64_t nextId_ = 1;
};

} // namespace mock
