// The relay: one request's life, from its head to its settlement (architecture.md, One request).
#pragma once

#include "accounts/authenticate.h"
#include "accounts/limits.h"
#include "base/error.h"
#include "ledger/holds/account.h"
#include "ledger/price/price_source.h"
#include "ledger/tokens/token_counter.h"
#include "net/client_pool.h"
#include "net/error.h"
#include "net/proxy.h"
#include "net/task.h"
#include "net/workers.h"
#include "providers/channel_table.h"
#include "providers/pump.h"
#include "relay/billing_rules.h"
#include "relay/client.h"
#include "relay/ledger_port.h"
#include "relay/routes.h"
#include "relay/settlement.h"
#include "routing/plan.h"
#include "store/snapshot.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

namespace switchyard::telemetry
{
class Logger;
}

namespace switchyard::relay
{

/// What a request sees of the world. Immutable; a request keeps the one it began with.
struct Outlook
{
    store::SnapshotPtr snapshot;            ///< null until the database has been read
    providers::ChannelTablePtr channels;    ///< null likewise
    ledger::PriceBookPtr prices;            ///< null likewise
    ledger::AccountTablePtr accounts;       ///< null until the ledger has read the balances
    BillingRules billing;
    std::shared_ptr<const accounts::LimitRules> limits; ///< null: none
    /// The process has just started and plug-ins that it has never seen are still being checked.
    bool settling = false;
};
using OutlookPtr = std::shared_ptr<const Outlook>;

struct RelaySettings
{
    size_t maxBody = size_t{64} << 20;     ///< of a request, decoded
    int64_t connectMs = 10'000;
    int64_t firstByteMs = 300'000;         ///< until the provider's answer begins
    int64_t firstTokenMs = 300'000;        ///< until the first semantic token; then the next candidate is tried
    int64_t stallMs = 120'000;             ///< between two reads of the provider's answer
    int64_t totalMs = -1;                  ///< for the whole attempt; negative: no limit
};

/// What relays share, whatever their loop; outlives them.
struct RelayServices
{
    Settler& settler;
    telemetry::Logger& log;
    net::Workers& workers; ///< for events that are too large for a loop
    const net::ProxyRules& proxies;
    const RelaySettings& settings;
    /// Both or neither; without them nothing is held or charged.
    ledger::UsageJournal* journal = nullptr;
    ledger::Vocabularies* vocabularies = nullptr;
    accounts::Limiter* limiter = nullptr; ///< null: nothing is limited
};

class Delivery;
struct RelayRequest;

/// The relay of one loop. [the loop's thread]
class Relay
{
public:
    Relay(net::Loop& loop, net::ClientPool& pool, const RelayServices& services, uint64_t seed);
    Relay(const Relay&) = delete;
    Relay& operator=(const Relay&) = delete;

    /// Takes effect between two requests.
    void publish(OutlookPtr outlook) noexcept { outlook_ = std::move(outlook); }

    /// Answers the request whose head `client`'s connection has just read.
    net::Task<void> serve(Client& client, const accounts::IpAddress& address);

    /// How many requests are with a provider now.
    size_t running() const noexcept { return running_; }

private:
    net::Task<void> settled();
    net::Task<void> serveOperation(Client& client, const accounts::Caller& caller, const Route& route,
                                   const Outlook& outlook);
    using ErrorPtr = std::unique_ptr<ApiError>; ///< null: none
    /// What the client is to be told; null: it has had its answer, or is gone.
    net::Task<ErrorPtr> deliver(Client& client, RelayRequest& request);
    ErrorPtr planFor(const RelayRequest& request, std::vector<routing::Candidate>& plan);
    ErrorPtr admit(const RelayRequest& request, accounts::Language language, accounts::Admission& admission);
    ErrorPtr admitAt(const RelayRequest& request, const store::Channel& channel, accounts::Language language,
                     accounts::Admission& admission);
    ErrorPtr failed(const Client& client, const routing::Candidate& candidate, const providers::Failure& failure);
    net::Task<providers::PumpOutcome> attempt(RelayRequest& request, const routing::Candidate& candidate,
                                              Delivery& delivery, uint32_t number, std::optional<int64_t> outputLimit);

    net::Loop& loop_;
    net::ClientPool& pool_;
    RelayServices services_;
    routing::Random random_;
    OutlookPtr outlook_;
    providers::PumpContext pumpContext_;
    std::optional<LedgerPort> port_;
    size_t running_ = 0;
};

} // namespace switchyard::relay
