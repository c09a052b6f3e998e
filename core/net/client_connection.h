// ClientConnection: a connection of a ClientPool, in use or kept. Private to this folder.
#pragma once

#include "net/client_pool.h"

#include <memory>
#include <vector>

namespace switchyard::net
{

/// Connections that serve the same requests.
struct ClientPool::Origin
{
    std::string key;
    std::vector<std::unique_ptr<ClientConnection>> idle; // the one used last at the end: it is taken first
    size_t users = 0;                                    // calls and connections in use that refer to this
};

/// Keeps an origin in its place while a connection to it is being made.
struct ClientPool::Use
{
    Use(ClientPool& p, Origin& o) noexcept : pool(p), origin(o) { ++origin.users; }
    ~Use()
    {
        --origin.users;
        pool.leave(origin);
    }
    Use(const Use&) = delete;
    Use& operator=(const Use&) = delete;
    ClientPool& pool;
    Origin& origin;
};

class ClientConnection final : private Stream::Observer, private Timed
{
public:
    ClientConnection(ClientPool& pool, ClientPool::Origin& origin, std::unique_ptr<Stream> stream) noexcept
        : pool_(pool), origin_(origin), stream_(std::move(stream))
    {
        ++origin_.users;
    }
    ~ClientConnection()
    {
        --origin_.users;
        pool_.leave(origin_);
    }
    ClientConnection(const ClientConnection&) = delete;
    ClientConnection& operator=(const ClientConnection&) = delete;

    Stream& stream() noexcept { return *stream_; }
    ClientPool::Origin& origin() noexcept { return origin_; }

    /// From now on kept unused until `until`.
    void rest(int64_t until) noexcept
    {
        stream_->observe(this);
        set(pool_.loop().deadlines(), until);
    }
    void work() noexcept
    {
        stream_->observe(nullptr);
        clear();
    }
    /// Whether nothing but silence lies on it. (TLS may have had to say something that is not for us.)
    bool quiet() noexcept
    {
        if (stream_->hungUp()) return false;
        char byte;
        return !stream_->mayRead() || stream_->tryRead(&byte, 1).io == Io::again;
    }

    /// A plain request through an HTTP proxy: the request line carries the whole URL.
    bool viaProxy = false;

private:
    void stirred() noexcept override
    {
        if (!quiet()) pool_.drop(*this);
    }
    void expired() noexcept override { pool_.drop(*this); }

    ClientPool& pool_;
    ClientPool::Origin& origin_;
    std::unique_ptr<Stream> stream_;
};

} // namespace switchyard::net
