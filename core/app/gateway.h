// The gateway, put together: which part gets which other part. Nothing else in the project knows them all.
#pragma once

#include "app/data_plane.h"
#include "app/gateway_upstreams.h"
#include "app/ledger_balances.h"
#include "app/ledger_house.h"
#include "edge/edge.h"
#include "management/management.h"
#include "net/proxy.h"
#include "net/resolver.h"
#include "net/tls.h"
#include "net/workers.h"
#include "providers/plugin_host.h"
#include "relay/relay.h"
#include "relay/settlement.h"
#include "store/snapshot_keeper.h"

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace switchyard::store
{
class Database;
class KeySealer;
}

namespace switchyard::app
{

struct GatewaySettings
{
    size_t threads = 1;
    ListenSettings listen;
    relay::RelaySettings relay;
    net::ServerLimits server;
    accounts::TrustedProxies trustedProxies;
    net::ProxyRules proxies;
    providers::PluginHostSettings plugins;
    management::ManagementSettings management;
    LedgerHouseSettings ledger;
};

/// Owns everything that runs. Start it once, drain it once.
class Gateway
{
public:
    /// `database`, `keys` (which opens the channels' keys) and `log` outlive it.
    Gateway(GatewaySettings settings, store::Database& database, const store::KeySealer& keys, telemetry::Logger& log);
    ~Gateway();
    Gateway(const Gateway&) = delete;
    Gateway& operator=(const Gateway&) = delete;

    /// Reads the database, loads the plug-ins, listens. Throws std::exception with a sentence that says what to mend.
    void start();
    uint16_t port() const noexcept { return data_.port(); }

    /// Everything that can change while it runs is read anew: database, plug-ins, certificate (SIGHUP).
    void reload();
    /// Stops listening and waits for running requests, at most `limit` or until `giveUp`; settles the others, writes the journal
    /// down and applies what it can. Whether all of them ended.
    bool drain(std::chrono::milliseconds limit, const std::function<bool()>& giveUp);

    providers::PluginHost& plugins() noexcept { return plugins_; }

private:
    relay::OutlookPtr outlook();
    ledger::PriceBookPtr pricesOf(const store::Options& options);
    std::shared_ptr<const accounts::LimitRules> limitsOf(const store::Options& options);
    void publish();
    void letGoOfProviders();

    GatewaySettings settings_;
    telemetry::Logger& log_;
    net::Workers resolving_; ///< for names
    net::Workers events_;    ///< for large events of plug-ins
    net::Resolver resolver_;
    net::TlsClient tls_;
    relay::Settler settler_;
    LedgerHouse ledger_;
    accounts::Limiter limiter_;
    relay::RelayServices relayServices_;
    std::mutex publishing_; ///< one table is built at a time; outlives those who publish
    providers::ChannelTablePtr table_;
    ledger::PriceBookPtr prices_;
    std::shared_ptr<const accounts::LimitRules> limits_;
    std::string limitText_;  ///< of the option
    std::string priceTexts_; ///< of the options that it was made of
    bool ending_ = false; ///< nothing is published any more

    store::SnapshotKeeper keeper_;
    LedgerBalances balances_;
    GatewayUpstreams upstreams_;
    management::Management management_;
    net::Workers managing_; ///< for the management plane's handlers; ends before what they use
    edge::Plane edgePlane_;
    DataPlane data_;
    providers::PluginHost plugins_;
    std::atomic<bool> running_ = false; ///< the loops are there to publish to
    std::atomic<bool> settled_ = false; ///< the plug-ins found at the start have all been looked at

    std::jthread settling_; ///< says when the plug-ins found at the start have been looked at
};

} // namespace switchyard::app
