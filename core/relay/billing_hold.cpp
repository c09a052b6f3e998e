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

namespace
{

// What an account tells on any thread arrives on the loop, where the coroutine waits; told late, nobody listens.
struct Waiting
{
    net::Signal signal; // of the loop's thread, as `over`
    bool over = false;
    std::atomic<bool> posted = false;
};

class WaitingPlace
{
public:
    explicit WaitingPlace(net::Loop& loop) : inbox_(loop.inbox()), waiting_(std::make_shared<Waiting>()) {}
    ~WaitingPlace() { waiting_->over = true; }
    WaitingPlace(const WaitingPlace&) = delete;
    WaitingPlace& operator=(const WaitingPlace&) = delete;

    net::Signal& signal() noexcept { return waiting_->signal; }
    std::function<void()> waker() const
    {
        return [inbox = inbox_, waiting = waiting_] {
            if (waiting->posted.exchange(true)) return;
            inbox->post([waiting] {
                waiting->posted = false;
                if (!waiting->over) waiting->signal.notify();
            });
        };
    }

private:
    std::shared_ptr<net::Inbox> inbox_;
    std::shared_ptr<Waiting> waiting_;
};

} // namespace

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

int64_t Billing::leastPoints() const noexcept
{
    if (!bound_.canLower) return amount_;
    const int64_t prompt = promptBound_ - services_.rules.promptMargin;
    return std::min(amount_, chargeOf(prices_[dearest_], prompt, std::min(bound_.tokens, ledger::kLeastOutput)));
}

// Less is held than the bound: the provider is told a limit that fits, and the answer is watched.
void Billing::lower()
{
    lowered_ = true;
    promptBound_ -= services_.rules.promptMargin; // the margin is for bounds; here the balance is one
    covered_ = outputPaidBy(prices_[dearest_], promptBound_, hold_.amount());
    const int64_t choices = std::max<int64_t>(1, askedBy(request_).choices);
    outputLimit_ = std::max<int64_t>(1, covered_ / choices);
}

/// Waits its turn in the queue of its account, if need be.
net::Task<Result<Done, ApiError>> Billing::waitForHold()
{
    net::Loop& loop = client_.connection().loop();
    net::Cancellation& gone = client_.connection().cancellation();
    WaitingPlace place(loop);
    ledger::HoldAttempt attempt({user_, token_, amount_, leastPoints()}, loop.now() + services_.rules.holdWaitMs, place.waker());
    while (attempt.advance(loop.now()) == ledger::HoldAttempt::State::waiting)
    {
        auto told = place.signal().wait({attempt.until(), &gone});
        const net::Wake why = co_await told;
        if (why == net::Wake::cancelled) co_return failure(ApiError{}); // nobody is there to read it
    }
    if (attempt.state() == ledger::HoldAttempt::State::refused) co_return failure(tooLittle(attempt.refusal()));
    hold_ = attempt.take();
    if (attempt.state() == ledger::HoldAttempt::State::lowered) lower();
    co_return Done{};
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
    // Its records must find room in the journal whatever happens to the disk meanwhile.
    const uint32_t room = asked.stream ? ledger::kStreamRoom : ledger::kUnaryRoom;
    if (!services_.port.journal().room().reserve(room))
        co_return failure(notAvailable("ledger_unavailable", kNoJournal.in(client_.language())));
    room_ = room;
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
        auto waiting = waitForHold();
        auto held = co_await waiting;
        if (!held) co_return failure(std::move(held.error()));
    }
    held_ = hold_.amount();
    if (!lowered_) covered_ = bound_.tokens;
    watched_ = !free_ && asked.stream && (lowered_ || bound_.extensible);
    const std::string_view model = models_[dearest_];
    meter_.emplace(services_.vocabularies, ledger::encodingOfModel(model).encoding);
    record_.held = held_;
    co_return Done{};
}

ApiError Billing::tooLittle(const ledger::HoldRefusal& refusal) const
{
    const auto language = client_.language();
    const bool ofToken = refusal.kind == ledger::AccountKind::token;
    const store::ApiToken& token = *request_.caller.token;
    if (ofToken && refusal.have + refusal.held <= 0)
    {
        auto refused = accounts::refusal(401, "token_exhausted",
                                         accounts::texts::kTokenExhausted.in(language, {token.name, std::to_string(token.id)}));
        return std::move(refused.error);
    }
    const std::string_view name = ofToken ? std::string_view(token.name) : std::string_view(request_.caller.user->name);
    auto refused = accounts::refusal(403, "insufficient_user_quota",
                                     (ofToken ? kTokenTooLittle : kUserTooLittle)
                                         .in(language, {name, std::to_string(refusal.have + refusal.held),
                                                        std::to_string(refusal.held), std::to_string(refusal.need)}));
    return std::move(refused.error);
}

ApiError Billing::notAvailable(std::string_view code, std::string message) const
{
    auto refused = accounts::refusal(503, code, std::move(message));
    refused.error.retryAfterSeconds = 1;
    return std::move(refused.error);
}

} // namespace switchyard::relay
