#include "app/gateway.h"

#include "store/database.h"
#include "store/token_repository.h"
#include "store/user_repository.h"
#include "telemetry/log.h"

#include <future>

namespace switchyard::app
{

namespace
{

/// How long the journal and the database may take to get what is left at the end.
constexpr std::chrono::seconds kLedgerPatience(10);

// Whose log a change of a balance goes to.
LedgerBalances::Owner ownerOf(store::Database& database, ledger::AccountKind kind, int64_t id)
{
    return database.read([&](store::DbSession& session) {
        LedgerBalances::Owner owner;
        const int64_t userId = kind == ledger::AccountKind::user ? id : store::TokenRepository(session).ownerOf(id);
        if (const auto user = store::UserRepository(session).find(userId)) owner = {userId, user->user.name};
        return owner;
    });
}

} // namespace

Gateway::Gateway(GatewaySettings settings, store::Database& database, const store::KeySealer& keys,
                 telemetry::Logger& log)
    : settings_(std::move(settings)), log_(log), resolving_(2), events_(1), resolver_(resolving_), settler_(log),
      ledger_(settings_.ledger, database, log),
      relayServices_{settler_, log, events_, settings_.proxies, settings_.relay, &ledger_.journal(), &ledger_.vocabularies(),
                     &limiter_},
      keeper_(database, keys, log),
      balances_(ledger_.service(), [&database](ledger::AccountKind kind, int64_t id) { return ownerOf(database, kind, id); }),
      upstreams_({settings_, resolver_, tls_, events_, settler_, log}),
      management_(settings_.management, database, keeper_, keys, balances_, upstreams_, log),
      managing_(4), edgePlane_{management_.router(), managing_, log, settings_.trustedProxies, settings_.server},
      data_(settings_.threads, relayServices_, edgePlane_, resolver_, tls_), plugins_(
          [this] {
              providers::PluginHostSettings plugins = settings_.plugins;
              plugins.afterEveryLoopTurned = [this](std::function<void()> then) {
                  if (running_)
                      data_.afterEveryLoopTurned(std::move(then));
                  else
                      then();
              };
              return plugins;
          }(),
          log)
{
}

Gateway::~Gateway()
{
    management_.stop();
    if (settling_.joinable())
    {
        settling_.request_stop();
        settling_.join();
    }
    letGoOfProviders();
    running_ = false; // what the plug-in host still reports finds nobody
}

// The loops and the table let go of their providers while the plug-in host is there to unload them; only what a cut-off
// request still uses stays.
void Gateway::letGoOfProviders()
{
    const std::lock_guard lock(publishing_);
    ending_ = true;
    table_.reset();
    upstreams_.take(std::make_shared<const providers::ProviderSet>());
    if (!running_) return;
    auto bare = std::make_shared<relay::Outlook>();
    bare->snapshot = keeper_.current();
    bare->channels = providers::ChannelTable::build(*bare->snapshot, providers::ProviderSet(), nullptr);
    data_.publish(std::move(bare));
    auto turned = std::make_shared<std::promise<void>>();
    std::future<void> done = turned->get_future();
    data_.afterEveryLoopTurned([turned] { turned->set_value(); });
    done.wait();
}

void Gateway::start()
{
    plugins_.start();
    keeper_.start();
    ledger_.start([this](ledger::AccountTablePtr) { publish(); }, std::chrono::seconds(5));
    settled_ = plugins_.waitUntilSettled(std::chrono::milliseconds(0));
    data_.start(settings_.listen, outlook());
    running_ = true;
    if (!settled_)
        settling_ = std::jthread([this](std::stop_token stop) {
            while (!stop.stop_requested() && !plugins_.waitUntilSettled(std::chrono::milliseconds(50)))
            {
            }
            if (stop.stop_requested()) return;
            settled_ = true;
            publish();
        });
    // A user or token that is new gets its account with the snapshot that shows it.
    keeper_.subscribe([this](store::SnapshotPtr) { ledger_.service().lookNow([this](ledger::AccountTablePtr) { publish(); }); });
    plugins_.subscribe([this](providers::ProviderSetPtr providers) {
        upstreams_.take(std::move(providers));
        publish();
    });
}

// Null while there is nothing to see.
relay::OutlookPtr Gateway::outlook()
{
    auto outlook = std::make_shared<relay::Outlook>();
    outlook->snapshot = keeper_.current();
    const providers::ProviderSetPtr providers = plugins_.providers();
    if (!outlook->snapshot || !providers) return nullptr;
    table_ = providers::ChannelTable::build(*outlook->snapshot, *providers, table_.get());
    outlook->channels = table_;
    outlook->settling = !settled_;
    outlook->prices = pricesOf(outlook->snapshot->options());
    outlook->billing = relay::billingRulesOf(outlook->snapshot->options());
    outlook->limits = limitsOf(outlook->snapshot->options());
    outlook->accounts = ledger_.service().accounts();
    return outlook;
}

// Limits that cannot be understood leave those that were in force.
std::shared_ptr<const accounts::LimitRules> Gateway::limitsOf(const store::Options& options)
{
    const std::string& text = options.text("RateLimits");
    if (limits_ && text == limitText_) return limits_;
    auto rules = accounts::LimitRules::read(text);
    if (rules)
        limits_ = std::make_shared<const accounts::LimitRules>(std::move(*rules));
    else
        log_.warning("the option RateLimits is not usable; the limits stay as they were", {{"reason", rules.error()}});
    limitText_ = text;
    return limits_;
}

// The book is made anew only when an option that it is made of has changed.
ledger::PriceBookPtr Gateway::pricesOf(const store::Options& options)
{
    std::string texts;
    for (const char* option : {"ModelRatio", "CompletionRatio", "GroupRatio", "UnknownModelRatio"})
        (texts += options.text(option)) += '\0';
    if (!prices_ || texts != priceTexts_)
    {
        prices_ = ledger::priceBookOf(options, [this](std::string_view option, const std::string& why) {
            log_.warning("a stored price is not usable", {{"option", option}, {"reason", why}});
        });
        priceTexts_ = std::move(texts);
    }
    return prices_;
}

void Gateway::publish()
{
    const std::lock_guard lock(publishing_); // an older outlook must not arrive after a newer one
    if (ending_ || !running_) return;
    if (relay::OutlookPtr seen = outlook()) data_.publish(std::move(seen));
}

void Gateway::reload()
{
    keeper_.reload();
    plugins_.rescan();
    const std::string failed = data_.reloadCertificate();
    if (!failed.empty()) log_.error("the certificate could not be read anew; the old one stays", {{"reason", failed}});
}

bool Gateway::drain(std::chrono::milliseconds limit, const std::function<bool()>& giveUp)
{
    const bool ended = data_.drain(limit, giveUp);
    letGoOfProviders();
    data_.stop();
    ledger_.stop(kLedgerPatience);
    return ended;
}

} // namespace switchyard::app
