#include "relay/relay.h"

#include "base/clock.h"
#include "base/text.h"
#include "net/signal.h"
#include "relay/billing.h"
#include "relay/delivery.h"
#include "relay/dialects/openai_models.h"
#include "relay/error_render.h"
#include "relay/relay_request.h"
#include "relay/texts.h"
#include "telemetry/log.h"

#include <algorithm>

namespace switchyard::relay
{

namespace
{

std::string ownerOf(const Outlook& outlook, const accounts::Caller& caller, std::string_view model)
{
    for (const store::Channel* channel : outlook.snapshot->channelsFor(caller.user->group, model))
    {
        const providers::ChannelEntry* entry = outlook.channels ? outlook.channels->find(channel->id) : nullptr;
        if (entry && entry->object) return entry->object->provider().id();
    }
    return {};
}

std::string modelListOf(const Outlook& outlook, const accounts::Caller& caller)
{
    const std::vector<std::string_view> names = accounts::visibleModels(caller);
    std::vector<std::string> owners;
    owners.reserve(names.size());
    std::vector<ListedModel> models;
    models.reserve(names.size());
    for (std::string_view name : names)
        models.push_back({name, owners.emplace_back(ownerOf(outlook, caller, name))});
    return modelList(std::move(models));
}

// Settles when it goes, whatever way the request's coroutine ends: the one place (ledger.md 4).
class Settling
{
public:
    Settling(Settler& settler, const Client& client, const RelayRequest& request) : settler_(settler)
    {
        record.requestId = client.requestId();
        record.operation = request.operation;
        record.requestedModel = request.model;
        record.sentModel = request.model;
        record.userId = request.caller.user->id;
        record.tokenId = request.caller.token->id;
        record.tokenName = request.caller.token->name;
        record.stream = request.understood().stream();
        record.startedAt = unixMillis();
    }
    ~Settling()
    {
        if (billing) billing->settle(record.branch);
        const int64_t now = steadyMillis();
        record.elapsedMs = now - began_;
        if (admission && record.usage.reported) admission->used(record.usage.input + record.usage.output, now);
        settler_.settle(record);
    }
    Settling(const Settling&) = delete;
    Settling& operator=(const Settling&) = delete;

    /// Takes over what an attempt has come to.
    void note(const routing::Candidate& candidate, const providers::PumpOutcome& outcome, const Delivery& delivery)
    {
        record.channelId = candidate.channel->id;
        record.sentModel = candidate.model;
        record.systemPromptReset = !candidate.channel->systemPrompt.empty();
        record.usage = delivery.usageSeen();
        record.finish = delivery.finishReason();
        record.upstreamId = delivery.upstreamId();
        record.deliveredBytes = delivery.bytesDelivered();
        record.deliveredFrames = delivery.framesDelivered();
        if (delivery.committedAt() != 0) record.firstTokenMs = delivery.committedAt() - began_;
        if (!billing || !billing->settled()) record.branch = branchOf(outcome, delivery);

        AttemptRecord attempt;
        attempt.channelId = candidate.channel->id;
        attempt.channelName = candidate.channel->name;
        attempt.status = outcome.upstream.status;
        attempt.milliseconds = steadyMillis() - attemptBegan;
        if (outcome.failure) attempt.error = outcome.failure->message.empty() ? "failed" : outcome.failure->message;
        record.attempts.push_back(std::move(attempt));
    }

    void settle()
    {
        if (billing) billing->settle(record.branch);
    }

    Settlement record;
    std::optional<Billing> billing; ///< none: nothing is charged
    accounts::Admission* admission = nullptr; ///< outlives this
    int64_t attemptBegan = 0;

private:
    static Branch branchOf(const providers::PumpOutcome& outcome, const Delivery& delivery)
    {
        if (delivery.atLimit()) return Branch::budgetEnd;
        if (delivery.errorWasPassed()) return Branch::upstreamCut;
        switch (outcome.ending)
        {
        case providers::Ending::finished: return delivery.usageSeen().reported ? Branch::usage : Branch::counted;
        case providers::Ending::failed: return delivery.committed() ? Branch::upstreamCut : Branch::refundedUpstream;
        case providers::Ending::clientGone:
        case providers::Ending::cancelled: break;
        }
        if (delivery.committed()) return Branch::clientLeft;
        return outcome.upstream.calls > 0 ? Branch::clientLeftBeforeOutput : Branch::refundedGateway;
    }

    Settler& settler_;
    int64_t began_ = steadyMillis();
};

// Tells the account which delivery runs, as long as it does.
class Trying
{
public:
    Trying(Billing* billing, size_t index, const Delivery& delivery) : billing_(billing)
    {
        if (billing_) billing_->attempt(index, &delivery);
    }
    ~Trying()
    {
        if (billing_) billing_->attempt(0, nullptr);
    }
    Trying(const Trying&) = delete;
    Trying& operator=(const Trying&) = delete;

private:
    Billing* billing_;
};

} // namespace

Relay::Relay(net::Loop& loop, net::ClientPool& pool, const RelayServices& services, uint64_t seed)
    : loop_(loop), pool_(pool), services_(services), random_(seed),
      pumpContext_{pool, services.workers, &services.proxies, {}}
{
    if (services.journal) port_.emplace(loop, *services.journal);
}

net::Task<void> Relay::serve(Client& client, const accounts::IpAddress& address)
{
    const net::RequestHead& head = client.connection().head();
    const Route route = findRoute(head.method, head.path);
    if (route.kind == RouteKind::unknown)
    {
        auto refusing = client.refuse(invalidUrl(head.method, head.path));
        co_await refusing;
        co_return;
    }
    if (route.kind == RouteKind::redirect)
    {
        std::string location = route.location;
        if (!head.query.empty()) (location += '?').append(head.query);
        auto redirecting = client.redirect(head.method == "GET" ? 301 : 307, location);
        co_await redirecting;
        co_return;
    }

    if (route.kind == RouteKind::operation && outlook_ && outlook_->settling)
    {
        auto settling = settled();
        co_await settling;
    }
    const OutlookPtr outlook = outlook_; // the request keeps the snapshot it began with
    auto caller = accounts::authenticate(outlook ? outlook->snapshot : nullptr, head.headers.find("authorization"),
                                         address, unixMillis() / 1000, client.language(),
                                         outlook && outlook->accounts ? accounts::QuotaFrom::ledger : accounts::QuotaFrom::snapshot);
    if (caller && outlook->accounts && !caller->token->unlimited)
        if (const auto account = outlook->accounts->token(caller->token->id))
            if (auto left = accounts::checkTokenQuota(*caller, account->available() + account->held()); !left)
                caller = failure(std::move(left.error()));
    if (!caller)
    {
        auto refusing = client.refuse(caller.error());
        co_await refusing;
        co_return;
    }

    switch (route.kind)
    {
    case RouteKind::listModels:
    {
        const std::string body = modelListOf(*outlook, *caller);
        auto responding = client.respond(200, "application/json; charset=utf-8", body);
        co_await responding;
        break;
    }
    case RouteKind::retrieveModel:
    {
        const std::string name = percentDecoded(route.parameter);
        const auto names = accounts::visibleModels(*caller);
        if (std::find(names.begin(), names.end(), name) == names.end())
        {
            auto refusing = client.refuse(noSuchModel(name, client.language()));
            co_await refusing;
            break;
        }
        const std::string body = modelItem({name, ownerOf(*outlook, *caller, name)});
        auto responding = client.respond(200, "application/json; charset=utf-8", body);
        co_await responding;
        break;
    }
    case RouteKind::operation:
    {
        auto serving = serveOperation(client, *caller, route, *outlook);
        co_await serving;
        break;
    }
    default:
    {
        auto refusing = client.refuse(notImplemented(client.language()));
        co_await refusing;
        break;
    }
    }
}

// In the first moments after a first start a provider may not be there yet: better to wait than to refuse.
net::Task<void> Relay::settled()
{
    constexpr int64_t kPatienceMs = 5000;
    const int64_t end = loop_.after(kPatienceMs);
    while (outlook_->settling && loop_.now() < end)
    {
        auto pause = net::sleepFor(10);
        co_await pause;
    }
}

net::Task<void> Relay::serveOperation(Client& client, const accounts::Caller& caller, const Route& route,
                                      const Outlook& outlook)
{
    auto fetching = client.connection().readBody(services_.settings.maxBody);
    auto body = co_await fetching;
    if (!body)
    {
        if (body.error().status == 0) co_return; // nobody is there to answer
        auto refusing = client.refuse(bodyError(body.error(), services_.settings.maxBody));
        co_await refusing;
        co_return;
    }

    const net::RequestHead& head = client.connection().head();
    RelayRequest request(caller, outlook);
    request.operation = route.operation;
    request.method = head.method;
    request.target = head.target;
    request.contentType = head.headers.find("content-type");
    request.headers = forwardableHeaders(head.headers);
    request.body = std::move(*body);
    const std::string pathModel = percentDecoded(route.parameter);
    auto understood = understand(request, pathModel);
    if (!understood)
    {
        auto refusing = client.refuse(understood.error());
        co_await refusing;
        co_return;
    }
    auto delivering = deliver(client, request);
    const ErrorPtr refused = co_await delivering;
    if (!refused) co_return;
    auto refusing = client.refuse(std::move(*refused));
    co_await refusing;
}

// What a coroutine's frame need not hold room for stands in functions: it holds all its locals as long as a stream lasts.

Relay::ErrorPtr Relay::planFor(const RelayRequest& request, std::vector<routing::Candidate>& plan)
{
    // A channel whose settings the plug-in refused is tried, and says so; one whose plug-in is missing is never picked.
    const routing::IsLoaded isLoaded = [&](const store::Channel& channel) {
        const providers::ChannelEntry* entry = request.outlook.channels->find(channel.id);
        return entry && entry->state != providers::ChannelEntry::State::providerMissing;
    };
    const size_t most = static_cast<size_t>(std::max(0, request.outlook.snapshot->options().retryTimes())) + 1;
    auto planned = routing::plan(request.caller, request.model, isLoaded, random_, std::min(most, routing::kMostCandidates));
    if (!planned) return std::make_unique<ApiError>(std::move(planned.error()));
    plan = std::move(*planned);
    return nullptr;
}

// What is known of its tokens beforehand: four bytes each, as a rule. What it really used is entered at its end.
Relay::ErrorPtr Relay::admit(const RelayRequest& request, accounts::Language language, accounts::Admission& admission)
{
    constexpr size_t kBytesPerToken = 4;
    const accounts::LimitRules* rules = request.outlook.limits.get();
    if (!rules || !services_.limiter) return nullptr;
    const std::vector<accounts::LimitKey> keys = accounts::limitsOf(*rules, request.caller, request.model);
    if (keys.empty()) return nullptr;
    const int64_t expected = static_cast<int64_t>(request.bytes().size() / kBytesPerToken);
    auto admitted = services_.limiter->admit(keys, expected, steadyMillis());
    if (!admitted) return std::make_unique<ApiError>(accounts::limitError(admitted.error(), language));
    admission = std::move(*admitted);
    return nullptr;
}

Relay::ErrorPtr Relay::admitAt(const RelayRequest& request, const store::Channel& channel, accounts::Language language,
                               accounts::Admission& admission)
{
    const accounts::LimitRules* rules = request.outlook.limits.get();
    if (!rules || !services_.limiter) return nullptr;
    const accounts::LimitKey key = accounts::limitOfChannel(*rules, channel);
    if (!key.limit.any()) return nullptr;
    auto admitted = services_.limiter->admit(std::span(&key, 1), 0, steadyMillis());
    if (!admitted) return std::make_unique<ApiError>(accounts::limitError(admitted.error(), language));
    admission = std::move(*admitted);
    return nullptr;
}

Relay::ErrorPtr Relay::failed(const Client& client, const routing::Candidate& candidate, const providers::Failure& failure)
{
    services_.log.warning("attempt failed", {{"request_id", client.requestId()},
                                             {"channel", candidate.channel->id},
                                             {"channel_name", candidate.channel->name},
                                             {"status", failure.httpStatus},
                                             {"reason", failure.message},
                                             {"upstream", failure.upstream}});
    return std::make_unique<ApiError>(errorOf(failure, candidate.channel->name, candidate.channel->id, client.language()));
}

namespace
{

net::Task<std::unique_ptr<ApiError>> holdFor(Billing& billing, std::vector<routing::Candidate>& plan)
{
    auto holding = billing.hold(plan);
    auto held = co_await holding;
    if (held) co_return nullptr;
    co_return std::make_unique<ApiError>(std::move(held.error()));
}

AnswerRequest formOf(const RelayRequest& request)
{
    AnswerRequest form;
    form.operation = request.operation;
    form.requestedModel = request.model;
    form.stream = request.understood().stream();
    form.wantsUsage = request.understood().includeUsage();
    return form;
}

} // namespace

net::Task<Relay::ErrorPtr> Relay::deliver(Client& client, RelayRequest& request)
{
    std::vector<routing::Candidate> plan;
    accounts::Admission admission;
    ErrorPtr error = planFor(request, plan);
    if (!error) error = admit(request, client.language(), admission);
    if (error) co_return error;

    struct Running
    {
        size_t& count;
        explicit Running(size_t& c) : count(c) { ++count; }
        ~Running() { --count; }
    } running(running_);
    Settling settling(services_.settler, client, request);
    settling.admission = &admission;
    if (port_)
    {
        const BillingServices services{*services_.vocabularies, services_.workers, *port_, request.outlook.billing};
        settling.billing.emplace(services, client, request, settling.record);
        auto holding = holdFor(*settling.billing, plan);
        error = co_await holding;
        if (error) settling.record.status = error->status;
        if (error && client.connection().cancellation().cancelled()) error.reset(); // nobody is there to read it
        if (settling.record.status != 0) co_return error;
    }
    Billing* const billing = settling.billing ? &*settling.billing : nullptr;

    for (size_t i = 0; i < plan.size(); ++i)
    {
        const routing::Candidate& candidate = plan[i];
        accounts::Admission atChannel;
        if (ErrorPtr full = admitAt(request, *candidate.channel, client.language(), atChannel))
        {
            if (!error) error = std::move(full); // what a candidate before it said tells more
            settling.record.status = error->status;
            continue;
        }
        Delivery delivery(client, formOf(request), billing, [&] {
            request.release();
            client.connection().releaseHead();
        });
        settling.attemptBegan = steadyMillis();
        const Trying trying(billing, i, delivery);
        auto attempting = attempt(request, candidate, delivery, static_cast<uint32_t>(i + 1),
                                  billing ? billing->outputLimit() : std::nullopt);
        const providers::PumpOutcome outcome = co_await attempting;
        if (delivery.atLimit())
        {
            auto ending = delivery.endAtLimit();
            co_await ending;
        }
        settling.note(candidate, outcome, delivery);
        settling.record.status = client.status();
        if (outcome.ending != providers::Ending::failed)
        {
            settling.settle();
            co_return nullptr;
        }

        error = failed(client, candidate, *outcome.failure);
        if (delivery.begun())
        {
            settling.settle(); // upstream_cut: what came goes to the account before the client is told
            auto ending = delivery.endWithError(std::move(*error));
            co_await ending;
            settling.record.deliveredBytes = delivery.bytesDelivered();
            settling.record.status = client.status();
            co_return nullptr;
        }
        settling.record.status = error->status;
        // The request's own fault would meet the same answer everywhere.
        if (outcome.failure->scope == providers::Scope::request) break;
    }
    co_return error;
}

namespace
{

// What only an attempt's beginning works with stands in functions: a coroutine's frame holds room for all its locals as
// long as a stream lasts.

// The body of this attempt alone (the next channel may have another prompt, or none); null: the request's own.
std::unique_ptr<PatchedBody> patchedFor(const RelayRequest& request, const routing::Candidate& candidate,
                                        std::optional<int64_t> outputLimit)
{
    std::optional<PatchedBody> patched;
    const std::string& prompt = candidate.channel->systemPrompt;
    if (!prompt.empty()) patched = withSystemPrompt(request.understood(), prompt);
    if (outputLimit)
        patched = withOutputLimit(patched ? patched->index() : request.understood(), candidate.model, *outputLimit);
    return patched ? std::make_unique<PatchedBody>(std::move(*patched)) : nullptr;
}

// The channel's own proxy, if it has one; else why it is of no use.
std::string readProxy(const store::Channel& channel, std::unique_ptr<net::Url>& proxy)
{
    if (channel.settings.proxy.empty() || channel.settings.proxy == "direct") return {};
    auto parsed = net::Url::parseProxy(channel.settings.proxy);
    if (!parsed) return "the channel's proxy is no usable URL: " + parsed.error();
    proxy = std::make_unique<net::Url>(std::move(*parsed));
    return {};
}

} // namespace

net::Task<providers::PumpOutcome> Relay::attempt(RelayRequest& request, const routing::Candidate& candidate,
                                                 Delivery& delivery, uint32_t number, std::optional<int64_t> outputLimit)
{
    const store::Channel& channel = *candidate.channel;
    const providers::ChannelEntry* entry = request.outlook.channels->find(channel.id);
    auto refused = [](providers::Cause cause, std::string why) {
        providers::PumpOutcome outcome;
        outcome.failure = std::make_unique<providers::Failure>();
        outcome.failure->cause = cause;
        outcome.failure->scope = providers::Scope::channel;
        outcome.failure->message = std::move(why);
        return outcome;
    };
    if (!entry || !entry->object) co_return refused(providers::Cause::internal, entry ? entry->reason : "the channel is new");
    const providers::Descriptor& provider = entry->object->provider().descriptor();
    if (!provider.offers(request.operation))
        co_return refused(providers::Cause::unsupported,
                          "provider " + provider.id + " does not offer the operation " + request.operation);

    const std::unique_ptr<PatchedBody> prompted = patchedFor(request, candidate, outputLimit);
    const BodyIndex& index = prompted ? prompted->index() : request.understood();

    std::unique_ptr<net::Url> proxy;
    if (std::string problem = readProxy(channel, proxy); !problem.empty())
        co_return refused(providers::Cause::internal, std::move(problem));

    providers::ExchangeRequest exchange;
    exchange.operation = request.operation;
    exchange.dialect = provider.speaks(SWY_DIALECT_OPENAI) ? SWY_DIALECT_OPENAI : SWY_DIALECT_COMMON;
    exchange.model = candidate.model;
    exchange.requestedModel = request.model;
    exchange.body = prompted ? prompted->bytes() : request.bytes();
    exchange.members = index.members();
    exchange.headers = request.headers;
    exchange.method = request.method;
    exchange.target = request.target;
    exchange.contentType = request.contentType;
    exchange.requestId = delivery.client().requestId();
    exchange.attempt = number;
    exchange.stream = index.stream();
    exchange.wantsUsage = index.includeUsage();

    const RelaySettings& settings = services_.settings;
    providers::PumpAttempt pumped{entry->object, exchange, delivery, &delivery.client().connection().cancellation(),
                                  proxy.get(), {}};
    pumped.deadlines.connectMs = settings.connectMs;
    pumped.deadlines.firstByteMs = settings.firstByteMs;
    pumped.deadlines.firstTokenMs = settings.firstTokenMs;
    pumped.deadlines.stallMs = settings.stallMs;
    pumped.deadlines.totalMs = settings.totalMs;
    auto pumping = providers::pump(pumpContext_, pumped);
    providers::PumpOutcome outcome = co_await pumping;
    co_return outcome;
}

} // namespace switchyard::relay
