// How a request gets its hold: prices, sizes, the queue of its account (ledger.md 2).
#include "relay/billing.h"

#include "accounts/refusal.h"
#include "accounts/texts.h"
#include "base/clock.h"
#include "net/signal.h"
#include "relay/prompt_size.h"
#include "relay/relay.h"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <cmath>

namespace switchyard::relay
{

namespace
{

using accounts::Text;

constexpr Text kNoPrice{"No price is known for the model {} on any of its channels. Ask the administrator to set its ratio.",
                        "模型 {} 在其所有渠道上都没有价格，请联系管理员设置倍率。"};
constexpr Text kNoAccounts{"The balances are being read. Try again in a moment.", "正在读取余额，请稍后重试。"};
constexpr Text kNoJournal{"The gateway cannot write down what requests use: its disk is full or its database lags far behind. Try "
                          "again in a moment, or tell the administrator.",
                          "网关暂时无法记录用量：磁盘已满或数据库严重滞后。请稍后重试或联系管理员。"};
constexpr Text kUserTooLittle{"The balance of account {} does not pay this request: it has {}, {} of it held by running requests, "
                              "and the request needs {}. Top it up, or ask for fewer tokens.",
                              "账号 {} 的余额不足以支付此请求：余额 {}，其中 {} 被进行中的请求占用，此请求需要 {}。请充值或减少令牌数。"};
constexpr Text kTokenTooLittle{"The quota of token {} does not pay this request: it has {}, {} of it held by running requests, "
                               "and the request needs {}. Raise its quota, or ask for fewer tokens.",
                               "令牌 {} 的额度不足以支付此请求：额度 {}，其中 {} 被进行中的请求占用，此请求需要 {}。请提高额度或减少令牌数。"};
constexpr Text kTooDear{"The request could cost more than the gateway can account for. Ask for fewer tokens.",
                        "该请求的费用可能超出网关可记账的范围，请减少令牌数。"};

/// Bodies from here on are counted on a worker.
constexpr size_t kLargeBody = size_t{32} << 10;

int64_t integerOf(std::string_view json)
{
    int64_t value = 0;
    const auto [end, error] = std::from_chars(json.data(), json.data() + json.size(), value);
    return error == std::errc() && end == json.data() + json.size() && value > 0 ? value : 0;
}

ledger::BoundRequest askedBy(const RelayRequest& request)
{
    const std::string_view operation = request.operation;
    const BodyIndex& body = request.understood();
    ledger::BoundRequest asked;
    const bool answers = operation == SWY_OP_CHAT || operation == SWY_OP_COMPLETIONS;
    asked.work = answers ? ledger::Work::chat : ledger::Work::inputOnly;
    asked.stream = body.stream();
    asked.choices = std::max<int64_t>(1, integerOf(body.value(Field::n)));
    asked.limit = integerOf(body.value(Field::maxCompletionTokens));
    if (asked.limit == 0) asked.limit = integerOf(body.value(Field::maxTokens));
    return asked;
}

// Wakes a coroutine that waits for its hold: rung on any thread, heard on the loop.
class Bell
{
public:
    explicit Bell(net::Loop& loop) : inbox_(loop.inbox()), state_(std::make_shared<State>()) {}
    ~Bell() { state_->over = true; }
    Bell(const Bell&) = delete;
    Bell& operator=(const Bell&) = delete;

    net::Signal& signal() { return state_->signal; }
    std::function<void()> rope() const
    {
        return [inbox = inbox_, state = state_] {
            if (state->rung.exchange(true)) return;
            inbox->post([state] {
                state->rung = false;
                if (!state->over) state->signal.notify();
            });
        };
    }

private:
    struct State
    {
        net::Signal signal; // of the loop's thread, as `over`
        bool over = false;
        std::atomic<bool> rung = false;
    };
    std::shared_ptr<net::Inbox> inbox_;
    std::shared_ptr<State> state_;
};

} // namespace

BillingRules billingRulesOf(const store::Options& options)
{
    BillingRules rules;
    rules.bound.promptMargin = std::clamp<int64_t>(options.integer("PreConsumedQuota"), 0, ledger::kMostTokens);
    rules.bound.outputCap = std::clamp<int64_t>(options.integer("HoldTokensCap"), 1, ledger::kMostTokens);
    rules.holdWaitMs = std::clamp<int64_t>(static_cast<int64_t>(options.number("HoldWait") * 1000), 0, 600'000);
    if (auto limits = ledger::readOutputLimits(options.text("ModelMaxOutput"))) rules.outputLimits = std::move(*limits);
    return rules;
}

Result<Done, ApiError> Billing::priceAll(std::vector<routing::Candidate>& plan)
{
    const ledger::PriceBook& book = *request_.outlook.prices;
    const auto group = book.group(request_.caller.user->group);
    std::vector<routing::Candidate> priced;
    priced.reserve(plan.size());
    for (const routing::Candidate& candidate : plan)
    {
        const auto model = book.model(candidate.model, candidate.channel->type);
        const auto completion = book.completion(candidate.model, candidate.channel->type);
        if (!model || !completion || !group) continue;
        Priced price;
        price.price.model = model->ratio;
        price.price.completion = completion->ratio;
        price.price.group = group->ratio;
        price.modelSource = model->source;
        price.completionSource = completion->source;
        price.groupSource = group->source;
        prices_.push_back(price);
        pinned_.push_back(price.price);
        channels_.push_back(candidate.channel);
        models_.push_back(candidate.model);
        priced.push_back(candidate);
    }
    plan = std::move(priced);
    if (plan.empty())
        return failure(notAvailable("model_price_unknown", kNoPrice.in(client_.language(), {request_.model})));
    free_ = std::all_of(prices_.begin(), prices_.end(),
                        [](const Priced& p) { return p.price.model == 0 || p.price.group == 0; });
    return Done{};
}

int64_t Billing::chargeOf(const Priced& priced, int64_t prompt, int64_t output) const noexcept
{
    ledger::TokenUsage usage;
    usage.prompt = std::min(prompt, ledger::kMostTokens);
    usage.completion = std::min(output, ledger::kMostTokens);
    const auto charged = ledger::charge(usage, priced.price);
    return charged ? *charged : ledger::kMostCharge + 1;
}

/// Of all candidates the bound of the one that may put out most: an answer of any of them fits.
void Billing::boundOutput()
{
    const ledger::BoundRequest asked = askedBy(request_);
    int64_t most = -1;
    for (const std::string_view model : models_)
    {
        ledger::BoundRequest of = asked;
        of.model = ledger::limitsOfModel(model, services_.rules.outputLimits, 0);
        of.thinksUnseen = of.model.thinksUnseen;
        const ledger::HoldBound bound = ledger::holdBound(of, services_.rules.bound);
        if (bound.output <= most) continue;
        most = bound.output;
        asked_ = of;
    }
}

bool Billing::sizeFor(int64_t prompt)
{
    asked_.prompt = prompt;
    bound_ = ledger::holdBound(asked_, services_.rules.bound);
    const auto size = ledger::holdSize(bound_, pinned_);
    if (size) size_ = *size;
    return size.has_value();
}

// A balance that is far from its end needs no exact count: the bytes are bound enough.
bool Billing::takeCheaply()
{
    const int64_t prompt = promptAtMost(request_.understood());
    if (prompt < 0 || !sizeFor(prompt) || !ledger::ample({user_, token_, size_.amount, size_.least})) return false;
    hold_ = ledger::Hold::take(user_, token_, size_.amount);
    return hold_.open();
}

net::Task<void> Billing::countPromptOnWorker()
{
    // The worker has bytes of its own: the request may go while it counts.
    auto bytes = std::make_shared<std::string>(request_.bytes());
    auto model = std::make_shared<std::string>(models_.empty() ? std::string_view(request_.model) : models_[0]);
    const std::string_view operation = request_.operation;
    ledger::Vocabularies& vocabularies = services_.vocabularies;
    auto counting = net::runOn(services_.workers, [bytes, model, operation, &vocabularies]() -> int64_t {
        const auto body = PatchedBody::of(std::move(*bytes));
        return body ? countPrompt(vocabularies, operation, *model, body->index()) : 0;
    });
    promptCounted_ = co_await counting;
}

net::Task<Result<Done, ApiError>> Billing::takeInTurn()
{
    net::Loop& loop = client_.connection().loop();
    net::Cancellation& gone = client_.connection().cancellation();
    Bell bell(loop);
    ledger::HoldAttempt attempt({user_, token_, size_.amount, size_.least}, loop.after(services_.rules.holdWaitMs), bell.rope());
    while (attempt.advance(loop.now()) == ledger::HoldAttempt::State::waiting)
    {
        auto waiting = bell.signal().wait({attempt.until(), &gone});
        const net::Wake why = co_await waiting;
        if (why == net::Wake::cancelled) co_return failure(tooLittle(attempt.refusal())); // nobody is there to read it
    }
    if (attempt.state() == ledger::HoldAttempt::State::refused) co_return failure(tooLittle(attempt.refusal()));
    hold_ = attempt.take();
    if (attempt.state() == ledger::HoldAttempt::State::lowered)
    {
        lowered_ = true;
        covered_ = ledger::outputWithin(bound_, pinned_, hold_.amount());
        outputLimit_ = std::max<int64_t>(1, covered_ / bound_.choices);
    }
    co_return Done{};
}

// A table of tokens that nobody has asked for yet takes long to unpack: not on this thread, and not before something is to be
// counted.
net::Task<void> Billing::unpackTable()
{
    ledger::Vocabularies& vocabularies = services_.vocabularies;
    const ledger::Encoding encoding = ledger::encodingOfModel(models_[0]).encoding;
    if (vocabularies.ready(encoding)) co_return;
    auto unpacking = net::runOn(services_.workers, [&vocabularies, encoding] { return vocabularies.of(encoding).memory(); });
    co_await unpacking;
}

net::Task<Result<Done, ApiError>> Billing::hold(std::vector<routing::Candidate>& plan)
{
    if (!request_.outlook.prices || !request_.outlook.accounts)
        co_return failure(notAvailable("database_unavailable", kNoAccounts.in(client_.language())));
    auto priced = priceAll(plan);
    if (!priced) co_return failure(std::move(priced.error()));

    const store::ApiToken& token = *request_.caller.token;
    user_ = request_.outlook.accounts->user(request_.caller.user->id);
    if (!token.unlimited) token_ = request_.outlook.accounts->token(token.id);
    if (!user_ || (!token.unlimited && !token_))
        co_return failure(notAvailable("database_unavailable", kNoAccounts.in(client_.language())));

    // Its records must find room in the journal whatever happens to the disk meanwhile.
    const uint32_t room = record_.stream ? ledger::kStreamRoom : ledger::kUnaryRoom;
    if (!services_.port.journal().room().reserve(room))
        co_return failure(notAvailable("ledger_unavailable", kNoJournal.in(client_.language())));
    room_ = room;

    meter_.emplace(services_.vocabularies, ledger::encodingOfModel(models_[0]).encoding);
    boundOutput();
    if (asked_.stream && !free_)
    {
        auto unpacking = unpackTable(); // a stream is counted as it goes
        co_await unpacking;
    }
    const bool large = request_.bytes().size() > kLargeBody;
    if (free_)
        hold_ = ledger::Hold::take(user_, token_, 0);
    else if (large || !takeCheaply())
    {
        if (large)
        {
            auto counting = countPromptOnWorker();
            co_await counting;
        }
        auto unpacking = unpackTable();
        co_await unpacking;
        if (!sizeFor(promptTokens()))
        {
            ApiError error = notAvailable("request_too_expensive", kTooDear.in(client_.language()));
            error.status = 400;
            co_return failure(std::move(error));
        }
        auto taking = takeInTurn();
        auto taken = co_await taking;
        if (!taken) co_return failure(std::move(taken.error()));
    }
    held_ = hold_.amount();
    if (!lowered_) covered_ = bound_.output;
    watched_ = !free_ && asked_.stream && (lowered_ || bound_.extensible);
    record_.held = held_;
    co_return Done{};
}

ApiError Billing::tooLittle(const ledger::HoldRefusal& refusal) const
{
    const auto language = client_.language();
    const bool ofToken = refusal.kind == ledger::AccountKind::token;
    const int64_t all = refusal.have + refusal.held;
    const store::ApiToken& token = *request_.caller.token;
    if (ofToken && all <= 0)
    {
        auto refused = accounts::refusal(401, "token_exhausted",
                                         accounts::texts::kTokenExhausted.in(language, {token.name, std::to_string(token.id)}));
        return std::move(refused.error);
    }
    const std::string_view name = ofToken ? std::string_view(token.name) : std::string_view(request_.caller.user->name);
    auto refused = accounts::refusal(403, "insufficient_user_quota",
                                     (ofToken ? kTokenTooLittle : kUserTooLittle)
                                         .in(language, {name, std::to_string(all), std::to_string(refusal.held), std::to_string(refusal.need)}));
    return std::move(refused.error);
}

ApiError Billing::notAvailable(std::string_view code, std::string message) const
{
    auto refused = accounts::refusal(503, code, std::move(message));
    refused.error.retryAfterSeconds = 1;
    return std::move(refused.error);
}

} // namespace switchyard::relay
