// What the suites of net share: a loop with everything on it, peers that follow a script, bounded waiting.
#pragma once

#include "net/client_pool.h"
#include "net/http_call.h"
#include "net/listener.h"
#include "net/loop.h"
#include "net/resolver.h"
#include "net/server_connection.h"
#include "net/signal.h"
#include "net/tls.h"
#include "net/workers.h"

#include <cppunit/extensions/HelperMacros.h>

#include <dirent.h>
#include <fcntl.h>
#include <functional>
#include <string>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

namespace net_test
{

using namespace switchyard;
using namespace switchyard::net;

inline constexpr int64_t kBound = 10'000; // no test waits longer for anything

/// Runs `task` to its end on `loop`.
inline void run(Loop& loop, Task<void> task)
{
    TaskSet tasks;
    tasks.start(std::move(task));
    CPPUNIT_ASSERT_MESSAGE("the task did not end in time", loop.runUntil([&] { return tasks.running() == 0; }, kBound));
}

inline void runUntil(Loop& loop, const std::function<bool()>& done, const char* what = "condition")
{
    CPPUNIT_ASSERT_MESSAGE(what, loop.runUntil(done, kBound));
}

/// Open descriptors of this process.
inline size_t openDescriptors()
{
    size_t count = 0;
    DIR* folder = opendir("/proc/self/fd");
    while (readdir(folder))
        ++count;
    closedir(folder);
    return count;
}

/// The far end of a connection: written to and read from without waiting, while the loop turns.
class Far
{
public:
    explicit Far(int descriptor) : descriptor_(descriptor) {}
    Far(const Far&) = delete;
    Far& operator=(const Far&) = delete;
    ~Far() { close(); }

    void write(std::string_view bytes)
    {
        CPPUNIT_ASSERT_EQUAL(static_cast<ssize_t>(bytes.size()),
                             ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL));
    }
    void close()
    {
        if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
    }
    int descriptor() const { return descriptor_; }
    /// Takes what is there; true once the peer has closed.
    bool pump()
    {
        char buffer[65536];
        for (;;)
        {
            const ssize_t got = ::recv(descriptor_, buffer, sizeof(buffer), MSG_DONTWAIT);
            if (got > 0)
                received.append(buffer, static_cast<size_t>(got));
            else
                return got == 0 || errno != EAGAIN;
        }
    }
    bool has(std::string_view text)
    {
        pump();
        return received.find(text) != std::string::npos;
    }

    std::string received;

private:
    int descriptor_;
};

/// A pair of connected non-blocking sockets: [0] for the object under test, [1] for a Far.
struct Pair
{
    int near;
    int far;
    Pair()
    {
        int both[2];
        CPPUNIT_ASSERT_EQUAL(0, ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, both));
        near = both[0];
        far = both[1];
    }
};

/// A server that gives each connection to a coroutine.
class ScriptedServer
{
public:
    using Script = std::function<Task<void>(ScriptedServer&, std::unique_ptr<Stream>)>;

    ScriptedServer(Loop& loop, Script script, const char* host = "127.0.0.1") : loop_(loop), script_(std::move(script))
    {
        auto made =
            Listener::tcp(loop, host, 0, slots_,
                          [this](Accepted accepted)
                          {
                              ++connections;
                              tasks_.start(script_(*this, std::make_unique<Stream>(loop_, accepted.descriptor)));
                          });
        CPPUNIT_ASSERT_MESSAGE("listen", made.ok());
        listener_ = std::move(*made);
    }
    uint16_t port() const { return listener_->port(); }
    std::string base() const { return "http://127.0.0.1:" + std::to_string(port()); }
    Url url(std::string_view target = "/x") const { return Url::parse(base() + std::string(target)).value(); }
    size_t running() const { return tasks_.running(); }
    void dropAll() { tasks_.clear(); }

    int connections = 0;
    std::vector<std::string> requests;

private:
    Loop& loop_;
    ConnectionSlots slots_{100'000};
    Script script_;
    std::unique_ptr<Listener> listener_;
    TaskSet tasks_;
};

/// Reads one request (head and a body by Content-Length). False at the end of the connection.
inline Task<bool> readRequest(Stream& stream, std::string& request)
{
    request.clear();
    char buffer[16384];
    for (;;)
    {
        const size_t end = request.find("\r\n\r\n");
        if (end != std::string::npos)
        {
            size_t length = 0;
            if (const size_t at = request.find("Content-Length: "); at < end)
                length = std::stoul(request.substr(at + 16));
            if (request.size() >= end + 4 + length) co_return true;
        }
        auto reading = stream.read(buffer, sizeof(buffer), {});
        const IoResult got = co_await reading;
        if (!got.ok()) co_return false;
        request.append(buffer, got.bytes);
    }
}

inline Task<bool> sendText(Stream& stream, std::string text)
{
    iovec piece{text.data(), text.size()};
    auto writing = stream.write({&piece, 1}, {}, 10'000);
    const IoResult sent = co_await writing;
    co_return sent.ok();
}

/// Waits until the peer is gone.
inline Task<void> drain(Stream& stream)
{
    char buffer[4096];
    for (;;)
    {
        auto reading = stream.read(buffer, sizeof(buffer), {});
        const IoResult got = co_await reading;
        if (!got.ok()) co_return;
    }
}

/// A loop and all that a client needs.
struct World
{
    Loop loop;
    Workers workers{2};
    Resolver resolver{workers};
    TlsClient tls;
    ClientPool pool{loop, resolver, tls};
};

/// What one call yielded.
struct Outcome
{
    bool ok = false;
    int status = 0;
    std::string body;
    NetError error;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string header(std::string_view name) const
    {
        for (const auto& [n, v] : headers)
            if (n == name) return v;
        return "(none)";
    }
};

inline Task<void> fetchInto(ClientPool& pool, Outcome& out, const Url& url, CallOptions options,
                            std::vector<std::string_view> body, std::string_view method)
{
    HttpCall call(pool, options);
    HttpRequest request;
    request.method = method;
    request.url = &url;
    request.body = body;
    auto sending = call.send(request);
    auto head = co_await sending;
    if (!head)
    {
        out.error = head.error();
        co_return;
    }
    out.status = (*head)->status;
    for (const Header& field : (*head)->headers)
        out.headers.emplace_back(field.name, field.value);
    auto reading = call.readAll(64 * 1024 * 1024);
    auto all = co_await reading;
    out.ok = all.ok();
    if (all)
        out.body = std::move(*all);
    else
        out.error = all.error();
}

inline Outcome fetch(World& world, const Url& url, CallOptions options = {}, std::vector<std::string_view> body = {},
                     std::string_view method = "POST")
{
    Outcome out;
    run(world.loop, fetchInto(world.pool, out, url, options, std::move(body), method));
    return out;
}

} // namespace net_test
