// ClientPool: the upstream connections of one loop.
#pragma once

#include "net/error.h"
#include "net/loop.h"
#include "net/resolver.h"
#include "net/stream.h"
#include "net/tls.h"
#include "net/url.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace switchyard::net
{

/// Which addresses a request may go to.
enum class AddressRule : uint8_t
{
    any, ///< an administrator wrote the URL
    /// A client gave the URL: each address that the name leads to is checked after DNS, and only those that passed are
    /// connected to. With a proxy, what the name leads to here is checked before the proxy is asked; a name that is
    /// unknown here is left to it.
    publicOnly
};

/// A connection to an origin, or to a proxy on the way to it. See client_connection.h.
class ClientConnection;

/// Keep-alive connections by origin, proxy and rule. A connection on which anything happens while it lies here (the
/// upstream closes, or talks unasked) is thrown away at once. [the loop's thread]
class ClientPool
{
public:
    struct Options
    {
        int64_t idleMs = 60'000;     ///< how long a connection is kept unused; below common server timeouts
        size_t idlePerOrigin = 1024; ///< kept unused at most
    };

    /// All references outlive the pool; the pool outlives its calls.
    ClientPool(Loop& loop, Resolver& resolver, TlsClient& tls, Options options);
    ClientPool(Loop& loop, Resolver& resolver, TlsClient& tls);
    ~ClientPool();
    ClientPool(const ClientPool&) = delete;
    ClientPool& operator=(const ClientPool&) = delete;

    Loop& loop() const noexcept { return loop_; }
    /// Unused connections.
    size_t idle() const noexcept { return idle_; }
    /// Closes all unused connections.
    void closeIdle() noexcept;

    struct Counters
    {
        uint64_t opened = 0;  ///< connections made
        uint64_t reused = 0;  ///< requests sent on a kept connection
        uint64_t retried = 0; ///< requests sent again because a kept connection turned out dead
        uint64_t resumed = 0; ///< TLS handshakes that resumed a session
    };
    const Counters& counters() const noexcept { return counters_; }

private:
    friend class HttpCall;
    friend class ClientConnection;
    struct Origin;
    struct Use;

    Origin& origin(const Url& url, const Url* proxy, AddressRule rule);
    std::unique_ptr<ClientConnection> takeIdle(Origin& origin) noexcept;
    void giveBack(std::unique_ptr<ClientConnection> connection);
    Task<Result<std::unique_ptr<ClientConnection>, NetError>> open(Origin& origin, const Url& url, const Url* proxy,
                                                                   AddressRule rule, Until until);
    void drop(ClientConnection& connection) noexcept;
    void leave(Origin& origin) noexcept;

    Loop& loop_;
    Resolver& resolver_;
    TlsClient& tls_;
    TlsSessions sessions_;
    Options options_;
    Counters counters_;
    size_t idle_ = 0;
    std::unordered_map<std::string, std::unique_ptr<Origin>> origins_;
    std::string key_; // scratch for look-ups
};

} // namespace switchyard::net
