// One connection of the mock upstream: reads requests, carries out the steps of their answers.
#pragma once
#include "script.h"
#include <cstdint>
#include <memory>
#include <openssl/ssl.h>
#include <string>
#include <vector>

namespace mock
{

class Journal;

struct Defaults
{
    std::uint64_t frames = 8;
    std::uint64_t paceMicros = 0;
};

class Connection
{
public:
    /// What the connection waits for next; the server arms epoll and its timers accordingly.
    struct Wish
    {
        bool alive = true;
        bool writable = false;    // tell me when the peer takes more
        std::uint64_t wakeAt = 0; // nanoseconds; 0: no timer
    };

    Connection(int fd, std::uint64_t id, SSL_CTX* tls, Journal& journal, const Defaults& defaults);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    std::uint64_t id() const { return id_; }
    int fd() const { return fd_; }

    /// The descriptor is readable or the peer has closed.
    Wish onReadable();
    /// The descriptor is writable, or the time asked for has come.
    Wish onWake();

private:
    enum class Io
    {
        done,
        blocked,
        closed
    };

    Io readAll();
    Io writeOut();
    void takeRequests();
    void startAnswer(const Request& request);
    bool answerControl(const Request& request);
    /// Carries out steps until one has to wait. False: the connection is to be closed.
    bool advance();
    bool advanceStream(Step& step, std::uint64_t now);
    void sendFrame(std::uint64_t now);
    Wish wish();
    void peerClosed();

    int fd_;
    std::uint64_t id_;
    SSL* ssl_ = nullptr;
    bool handshaken_ = false;
    Journal& journal_;
    const Defaults& defaults_;
    std::string in_;
    std::string out_;
    std::size_t outSent_ = 0;
    std::vector<Step> steps_;
    std::size_t step_ = 0;
    std::uint64_t progress_ = 0; // frames or bytes of the current step
    std::uint64_t wakeAt_ = 0;
    bool answering_ = false;
    bool includeUsage_ = false;
    bool closeAfter_ = false;
    bool alive_ = true;
};

} // namespace mock
