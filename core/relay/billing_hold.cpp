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
/// While a balance is this many times what the request could ever cost, nobody counts its prompt beforehand.
constexpr int64_t kFarAway = 64;

int64_t integerOf(std::string_view json)
{
    int64_t value = 0;
    const auto [end, error] = std::from_chars(json.data(), json.data() + json.size(), value);
    return error == std::errc() && end == json.data() + json.size() && value > 0 ? value : 0;
}

ledger::OutputAsked askedBy(const RelayRequest& request)
{
    const std::string_view operation = request.operation;
    const BodyIndex& body = request.understood();
    ledger::OutputAsked asked;
    asked.chat = operation == SWY_OP_CHAT || operation == SWY_OP_COMPLETIONS;
    asked.stream = body.stream();
    asked.choices = std::max<int64_t>(1, integerOf(body.value(Field::n)));
    asked.limit = integerOf(body.value(Field::maxCompletionTokens));
    if (asked.limit == 0) asked.limit = integerOf(body.value(Field::maxTokens));
    return asked;
}

} // namespace

BillingRules billingRulesOf(const store::Options& options)
{
    BillingRules rules;
    rules.promptMargin = std::clamp<int64_t>(options.integer("PreConsumedQuota"), 0, ledger::kMostTokens);
    rules.holdWaitMs = std::clamp<int64_t>(static_cast<int64_t>(options.number("HoldWait") * 1000), 0, 600'000);
    rules.outputCap = std::clamp<int64_t>(options.integer("HoldTokensCap"), 1, ledger::kMostTokens);
    return rules;
}

// In an account's queue. Told on any thread; the coroutine waits on its loop.
class Billing::Waiting final : public ledger::HoldWaiter
{
public:
    explicit Waiting(net::Loop& loop) : inbox_(loop.inbox()), state_(std::make_shared<State>()) {}
    ~Waiting() override
    {
        if (account_) account_->leave(*this);
        state_->over = true;
    }

    bool in(const ledger::Account& account) const { return account_.get() == &account; }
    bool join(ledger::AccountPtr account)
    {
        if (account_) account_->leave(*this);
        account_ = account->join(*this) ? std::move(account) : nullptr;
        return account_ != nullptr;
    }
    bool first() const { return account_ && account_->first(*this); }
    net::Signal& signal() { return state_->signal; }

    void freed() noexcept override
    {
        if (state_->posted.exchange(true)) return;
        inbox_->post([state = state_] {
            state->posted = false;
            if (!state->over) state->signal.notify();
        });
    }

private:
    struct State
    {
        net::Signal signal; // of the loop's thread, as `over`
        bool over = false;
        std::atomic<bool> posted = false;
    };
    std::shared_ptr<net::Inbox> inbox_;
    std::shared_ptr<State> state_;
    ledger::AccountPtr account_;
};

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

/// The most output tokens that `points` pay besides the prompt.
int64_t Billing::outputPaidBy(const Priced& priced, int64_t prompt, int64_t points) const noexcept
{
    int64_t least = 0, most = bound_.tokens;
    while (least < most)
    {
        const int64_t middle = least + (most - least + 1) / 2;
        if (chargeOf(priced, prompt, middle) <= points)
            least = middle;
        else
            most = middle - 1;
    }
    return least;
}

bool Billing::sizeFor(int64_t prompt)
{
    promptBound_ = prompt + services_.rules.promptMargin;
    amount_ = -1;
    for (size_t i = 0; i < prices_.size(); ++i)
    {
        const int64_t amount = chargeOf(prices_[i], promptBound_, bound_.tokens);
        if (amount > amount_)
        {
            amount_ = amount;
            dearest_ = i;
        }
    }
    return amount_ <= ledger::kMostCharge;
}

// A balance that is far from its end needs no exact count: the bytes are bound enough.
bool Billing::takeCheaply()
{
    const int64_t prompt = promptAtMost(request_.understood());
    if (prompt < 0 || !sizeFor(prompt) || amount_ > ledger::kMostCharge / kFarAway) return false;
    const int64_t far = amount_ * kFarAway;
    if (user_->available() < far || (token_ && token_->available() < far)) return false;
    hold_ = ledger::Hold::take(user_, token_, amount_);
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

Billing::Taken Billing::tryNow(bool lastChance, ledger::AccountPtr& refusing)
{
    hold_ = ledger::Hold::take(user_, token_, amount_);
    if (hold_.open()) return Taken::held;
    refusing = token_ && token_->available() < amount_ ? token_ : user_;
    const Priced& dearest = prices_[dearest_];
    const int64_t least = bound_.canLower
                              ? chargeOf(dearest, promptBound_ - services_.rules.promptMargin,
                                         std::min(bound_.tokens, ledger::kLeastOutput))
                              : amount_;
    const int64_t held = refusing->held();
    if (refusing->available() + held < least) return Taken::refused;
    if (held > 0 && !lastChance) return Taken::wait;
    return bound_.canLower && lowerTo(least) ? Taken::held : Taken::refused;
}

bool Billing::lowerTo(int64_t least)
{
    hold_ = ledger::Hold::takeUpTo(user_, token_, least, amount_);
    if (!hold_.open()) return false;
    lowered_ = true;
    promptBound_ -= services_.rules.promptMargin; // the margin is for bounds; here the balance is one
    covered_ = outputPaidBy(prices_[dearest_], promptBound_, hold_.amount());
    const int64_t choices = std::max<int64_t>(1, askedBy(request_).choices);
    outputLimit_ = std::max<int64_t>(1, covered_ / choices);
    return true;
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

    const ledger::OutputAsked asked = askedBy(request_);
    for (const std::string_view model : models_)
    {
        const ledger::OutputBound bound = ledger::outputBound(asked, model, services_.rules.outputCap);
        if (bound.tokens >= bound_.tokens) bound_ = bound;
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
        if (!sizeFor(promptTokens()))
        {
            ApiError error = notAvailable("request_too_expensive", kTooDear.in(client_.language()));
            error.status = 400;
            co_return failure(std::move(error));
        }
        Waiting waiting(client_.connection().loop());
        const int64_t end = client_.connection().loop().after(services_.rules.holdWaitMs);
        net::Cancellation& gone = client_.connection().cancellation();
        // Who comes later does not overtake those that wait already.
        ledger::AccountPtr refusing;
        if (services_.rules.holdWaitMs > 0)
            for (const ledger::AccountPtr& account : {token_, user_})
                if (account && account->queued() && !waiting.first()) refusing = account;
        bool late = false;
        for (;;)
        {
            if (!refusing)
            {
                const Taken taken = tryNow(late || services_.rules.holdWaitMs <= 0, refusing);
                if (taken == Taken::held) break;
                if (taken == Taken::refused) co_return failure(tooLittle(*refusing));
            }
            const bool joined = waiting.in(*refusing);
            if (!joined && !waiting.join(refusing)) co_return failure(tooLittle(*refusing)); // the queue is full
            // What came back before it joined told nobody: the first one looks once more.
            if (joined || !waiting.first())
            {
                auto freed = waiting.signal().wait({end, &gone});
                const net::Wake why = co_await freed;
                if (why == net::Wake::cancelled) co_return failure(tooLittle(*refusing));
                late = why == net::Wake::timeout;
                if (!late && !waiting.first()) continue;
            }
            refusing.reset();
        }
    }
    held_ = hold_.amount();
    if (!lowered_) covered_ = bound_.tokens;
    watched_ = !free_ && asked.stream && (lowered_ || bound_.extensible);
    const std::string_view model = models_[dearest_];
    meter_.emplace(services_.vocabularies, ledger::encodingOfModel(model).encoding);
    record_.held = held_;
    co_return Done{};
}

ApiError Billing::tooLittle(const ledger::Account& account) const
{
    const auto language = client_.language();
    const bool ofToken = account.kind == ledger::AccountKind::token;
    const int64_t held = account.held();
    const std::string have = std::to_string(account.available() + held);
    const store::ApiToken& token = *request_.caller.token;
    if (ofToken && account.available() + held <= 0)
    {
        auto refused = accounts::refusal(401, "token_exhausted",
                                         accounts::texts::kTokenExhausted.in(language, {token.name, std::to_string(token.id)}));
        return std::move(refused.error);
    }
    const std::string_view name = ofToken ? std::string_view(token.name) : std::string_view(request_.caller.user->name);
    auto refused = accounts::refusal(403, "insufficient_user_quota",
                                     (ofToken ? kTokenTooLittle : kUserTooLittle)
                                         .in(language, {name, have, std::to_string(held), std::to_string(amount_)}));
    return std::move(refused.error);
}

ApiError Billing::notAvailable(std::string_view code, std::string message) const
{
    auto refused = accounts::refusal(503, code, std::move(message));
    refused.error.retryAfterSeconds = 1;
    return std::move(refused.error);
}

} // namespace switchyard::relay
