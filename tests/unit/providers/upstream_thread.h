// An upstream on a thread of its own that does what a test says.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <functional>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace switchyard::providers
{

/// Each connection gets a thread that reads requests and calls the script with each, until the script says no.
class UpstreamThread
{
public:
    /// Sends what it likes to the connection; false: close it.
    using Script = std::function<bool(int connection, const std::string& request)>;

    explicit UpstreamThread(Script script)
        : script_(std::move(script)), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))
    {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof(address);
        if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener_, 64) != 0 ||
            ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0)
            throw std::runtime_error("no listener");
        port_ = ntohs(address.sin_port);
        acceptor_ = std::thread([this] { accept(); });
    }
    ~UpstreamThread()
    {
        ::shutdown(listener_, SHUT_RDWR);
        acceptor_.join();
        for (const int connection : connections_)
            ::shutdown(connection, SHUT_RDWR);
        for (std::thread& thread : threads_)
            thread.join();
        for (const int connection : connections_)
            ::close(connection);
        ::close(listener_);
    }
    UpstreamThread(const UpstreamThread&) = delete;
    UpstreamThread& operator=(const UpstreamThread&) = delete;

    std::string url(std::string_view path = "/v1") const
    {
        return "http://127.0.0.1:" + std::to_string(port_) + std::string(path);
    }

    static bool send(int connection, std::string_view bytes)
    {
        while (!bytes.empty())
        {
            const ssize_t sent = ::send(connection, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent <= 0) return false;
            bytes.remove_prefix(static_cast<size_t>(sent));
        }
        return true;
    }
    static bool answer(int connection, std::string_view body, std::string_view status = "200 OK")
    {
        return send(connection, "HTTP/1.1 " + std::string(status) + "\r\ncontent-type: text/plain\r\ncontent-length: " +
                                    std::to_string(body.size()) + "\r\n\r\n" + std::string(body));
    }
    /// Waits until the peer has closed its side; true then.
    static bool closedByPeer(int connection)
    {
        char byte = 0;
        return ::recv(connection, &byte, 1, 0) <= 0;
    }

    std::atomic<int> closed{0}; ///< for scripts to count in

private:
    void accept()
    {
        for (;;)
        {
            const int connection = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
            if (connection < 0) return;
            connections_.push_back(connection);
            threads_.emplace_back([this, connection] { serve(connection); });
        }
    }
    void serve(int connection)
    {
        std::string request;
        while (read(connection, request))
            if (!script_(connection, request)) break;
        ::shutdown(connection, SHUT_RDWR);
    }
    static bool read(int connection, std::string& request)
    {
        request.clear();
        char room[16384];
        for (;;)
        {
            const size_t end = request.find("\r\n\r\n");
            if (end != std::string::npos)
            {
                const size_t at = request.find("Content-Length: ");
                const size_t length = at < end ? static_cast<size_t>(std::atoll(request.c_str() + at + 16)) : 0;
                if (request.size() >= end + 4 + length) return true;
            }
            const ssize_t got = ::recv(connection, room, sizeof(room), 0);
            if (got <= 0) return false;
            request.append(room, static_cast<size_t>(got));
        }
    }

    Script script_;
    int listener_;
    unsigned port_ = 0;
    std::thread acceptor_;
    std::vector<int> connections_; // of the acceptor until it has ended
    std::vector<std::thread> threads_;
};

} // namespace switchyard::providers
