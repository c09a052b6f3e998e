// The edge: reads a request's head and hands the request to the plane that its path names.
#pragma once

#include "accounts/ip_address.h"
#include "management/router.h"
#include "net/listener.h"
#include "net/server_connection.h"
#include "net/tls.h"
#include "net/workers.h"
#include "relay/relay.h"

#include <memory>

namespace switchyard::telemetry
{
class Logger;
}

namespace switchyard::edge
{

/// What all loops share; outlives them.
struct Plane
{
    const management::Router& router;
    net::Workers& pool; ///< runs the management plane's handlers
    telemetry::Logger& log;
    const accounts::TrustedProxies& trustedProxies;
    net::ServerLimits limits;
    size_t managementBody = 8 * 1024 * 1024; ///< largest request body of the management plane
};

/// Serves the client connections of one loop. A connection lives and dies on its thread. [the loop's thread]
class Edge
{
public:
    Edge(net::Loop& loop, relay::Relay& relay, const Plane& plane);
    Edge(const Edge&) = delete;
    Edge& operator=(const Edge&) = delete;

    /// Takes over a connection; with `tls`, its handshake comes first.
    void accept(net::Accepted accepted, net::TlsServer* tls);
    /// No connection waits for a further request any more; running requests go on.
    void drain() noexcept { drain_.cancel(net::CancelReason::shutdown); }
    size_t connections() const noexcept { return open_; }

private:
    net::Task<void> converse(net::Accepted accepted, net::TlsServer* tls);
    net::Task<void> answer(net::ServerConnection& connection);
    net::Task<void> manage(net::ServerConnection& connection, std::string requestId, std::string clientIp);
    net::Task<void> answerElsewhere(relay::Client& client);

    net::Loop& loop_;
    relay::Relay& relay_;
    const Plane& plane_;
    net::Cancellation drain_;
    size_t open_ = 0;
};

} // namespace switchyard::edge
