// The data-plane threads: one loop each, with its own listeners, upstream pool, relay and edge.
#pragma once

#include "edge/edge.h"
#include "net/client_pool.h"
#include "net/listener.h"
#include "net/loop.h"
#include "net/resolver.h"
#include "net/tls.h"
#include "relay/relay.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace switchyard::app
{

struct ListenSettings
{
    std::string host = "::";      ///< IP literal; `::` serves IPv4 too
    uint16_t port = 3000;         ///< 0: any free one
    std::string unixSocket;       ///< path; empty: none
    unsigned unixMode = 0660;
    std::string certificateFile;  ///< PEM chain; given: `port` speaks TLS
    std::string keyFile;          ///< PEM
    size_t maxConnections = 8192; ///< of the process; more get a short 503
};

/// Made, started and stopped by one thread; everything else happens on the loops' threads.
class DataPlane
{
public:
    /// References outlive it.
    DataPlane(size_t threads, const relay::RelayServices& relay, const edge::Plane& edge, net::Resolver& resolver,
              net::TlsClient& tls);
    ~DataPlane(); ///< stops
    DataPlane(const DataPlane&) = delete;
    DataPlane& operator=(const DataPlane&) = delete;

    /// Starts the threads, with `outlook` in force, and listens: no request comes before what it needs is there. Throws
    /// std::runtime_error with a sentence that names the address.
    void start(const ListenSettings& settings, relay::OutlookPtr outlook);
    /// The port in use.
    uint16_t port() const noexcept { return port_; }

    /// Each loop takes it between two requests. [any thread]
    void publish(relay::OutlookPtr outlook);
    /// Calls `then` once every loop has finished the turn that it is in. [any thread]
    void afterEveryLoopTurned(std::function<void()> then);
    /// Reads the certificate anew; an error text, or empty. [any thread]
    std::string reloadCertificate();

    /// Stops listening; connections end after their running request. Waits at most `limit`, or until `giveUp` says so;
    /// whether all requests ended.
    bool drain(std::chrono::milliseconds limit, const std::function<bool()>& giveUp);
    /// Ends the loops; what still runs is cut off, and settled.
    void stop();

private:
    struct Shard;

    void listen(Shard& shard, const ListenSettings& settings, std::string& error);
    size_t connections();

    const relay::RelayServices& relay_;
    const edge::Plane& edge_;
    net::Resolver& resolver_;
    net::TlsClient& tls_;
    std::vector<std::unique_ptr<Shard>> shards_;
    ListenSettings settings_;
    uint16_t port_ = 0;
};

} // namespace switchyard::app
