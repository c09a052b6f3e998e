#include "relay/billing.h"

#include "base/clock.h"
#include "base/text.h"
#include "ledger/row_detail.h"
#include "relay/prompt_size.h"
#include "relay/relay.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace switchyard::relay
{

namespace
{

constexpr size_t kMostError = 120; // bytes of an attempt's error in the row

ledger::TokenUsage tokensOf(const Usage& usage) noexcept
{
    ledger::TokenUsage tokens;
    tokens.prompt = usage.input;
    tokens.completion = usage.output;
    tokens.cached = usage.cached;
    tokens.cacheWrite = usage.cacheWrite;
    tokens.audioInput = usage.audioInput;
    tokens.reasoning = usage.reasoning;
    tokens.audioOutput = usage.audioOutput;
    return tokens;
}

bool nothingDelivered(Branch branch) noexcept
{
    return branch == Branch::refundedUpstream || branch == Branch::refundedGateway;
}

void appendNumber(std::string& out, double value)
{
    std::array<char, 32> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
    out.append(digits.data(), end);
}

} // namespace

Billing::Billing(const BillingServices& services, Client& client, RelayRequest& request, Settlement& record)
    : services_(services), client_(client), request_(request), record_(record)
{
}

Billing::~Billing()
{
    if (!settled_) settle(meter_ && meter_->any() ? Branch::clientLeft : Branch::refundedGateway);
}

void Billing::attempt(size_t index, const Delivery* delivery) noexcept
{
    delivery_ = delivery;
    if (delivery) index_ = index;
}

int64_t Billing::promptTokens()
{
    if (promptCounted_ < 0)
        promptCounted_ = request_.bytes().empty()
                             ? 0
                             : countPrompt(services_.vocabularies, request_.operation,
                                           models_.empty() ? std::string_view(request_.model) : models_[0], request_.understood());
    return promptCounted_;
}

void Billing::committed()
{
    if (!record_.stream || free_ || ticket_ != 0) return;
    ledger::BeginRecord begin;
    begin.promptTokens = promptTokens(); // the request's bytes are given back next
    begin.ticket = ticket_ = services_.port.journal().newTicket();
    begin.parties = {record_.userId, record_.tokenId, token_ != nullptr, channels_[index_]->id};
    begin.facts = facts();
    begin.held = hold_.amount();
    const ledger::Price& price = current().price;
    const double pinned[8] = {price.model,      price.group,      price.completion, price.cached,
                              price.cacheWrite, price.audioInput, price.reasoning,  price.audioOutput};
    std::copy(std::begin(pinned), std::end(pinned), std::begin(begin.price));
    services_.port.post(begin);
    services_.port.watch(*this);
}

bool Billing::progress(ledger::ProgressRecord::Stream& stream)
{
    const int64_t tokens = meter_->tokens();
    if (tokens == reported_) return false;
    reported_ = tokens;
    stream.ticket = ticket_;
    stream.completionTokens = tokens;
    return true;
}

bool Billing::delivered(uint64_t frames)
{
    if (free_ || settled_) return true;
    meter_->delivered(frames);
    if (!watched_ || meter_->tokensAtMost() + ledger::kExtendBefore < covered_) return true;
    const int64_t tokens = meter_->tokens();
    if (tokens + ledger::kExtendBefore < covered_) return true;
    return extend(ledger::kExtension) || tokens < covered_;
}

bool Billing::extend(int64_t tokens)
{
    if (lowered_ && outputLimit_ && !bound_.extensible) return false;
    const int64_t more = chargeOf(current(), bound_.prompt, covered_ + tokens) - chargeOf(current(), bound_.prompt, covered_);
    if (!hold_.extend(std::max<int64_t>(0, more))) return false;
    covered_ += tokens;
    held_ = std::max(held_, hold_.amount());
    record_.held = held_;
    return true;
}

net::Task<void> Billing::closing()
{
    if (settled_) co_return;
    Branch branch = Branch::usage;
    if (delivery_ && delivery_->atLimit())
        branch = Branch::budgetEnd;
    else if (delivery_ && delivery_->errorWasPassed())
        branch = Branch::upstreamCut;
    else if (delivery_ && !delivery_->usageSeen().reported)
        branch = Branch::counted;
    if (branch != Branch::usage && !free_ && !models_.empty())
    {
        auto unpacking = unpackTable();
        co_await unpacking;
    }
    if (meter_ && delivery_) meter_->delivered(UINT64_MAX); // the last write counts as delivered (ledger.md 6)
    settle(branch);
    auto written = services_.port.written();
    co_await written;
}

void Billing::settle(Branch branch)
{
    if (settled_) return;
    settled_ = true;
    unlink();
    if (!hold_.open()) // refused before it cost anything
    {
        if (room_ > 0) services_.port.journal().room().release(std::exchange(room_, 0));
        record_.branch = branch;
        return;
    }
    if (delivery_)
    {
        record_.usage = delivery_->usageSeen();
        record_.finish = delivery_->finishReason();
        record_.upstreamId = delivery_->upstreamId();
        if (delivery_->committedAt() != 0)
            record_.firstTokenMs = delivery_->committedAt() - steadyMillis() + unixMillis() - record_.startedAt;
    }
    if (branch == Branch::budgetEnd) record_.finish = "length";

    ledger::SettleRecord settle;
    ledger::TokenUsage charged;
    int64_t counted = -1;
    const auto count = [&] {
        charged = {};
        charged.prompt = promptTokens();
        charged.completion = counted = branch == Branch::clientLeftBeforeOutput || !meter_ ? 0 : meter_->tokens();
        settle.usageSource = "counted";
    };
    const bool said = record_.usage.reported && (branch == Branch::usage || record_.usage.final);
    Result<int64_t, ledger::ChargeFault> charge = int64_t{0};
    if (nothingDelivered(branch))
        settle.usageSource = "none";
    else if (said)
    {
        charged = tokensOf(record_.usage);
        settle.usageSource = "reported";
        charge = ledger::charge(charged, current().price);
    }
    if (!nothingDelivered(branch) && (!said || !charge))
    {
        if (branch == Branch::usage) branch = Branch::counted; // what the provider said is no usage
        count();
        charge = ledger::charge(charged, current().price);
    }
    if (free_ && !nothingDelivered(branch)) branch = Branch::free;
    const ledger::Settled settled = hold_.settle(charge ? *charge : 0);

    record_.branch = branch;
    record_.quota = settled.quota;
    record_.unpaid = settled.unpaid;
    settle.ticket = ticket_;
    settle.parties = {record_.userId, record_.tokenId, token_ != nullptr,
                      index_ < channels_.size() ? channels_[index_]->id : 0};
    settle.facts = facts();
    settle.quota = settled.quota;
    settle.unpaid = settled.unpaid;
    settle.held = held_;
    settle.promptTokens = charged.prompt;
    settle.completionTokens = charged.completion;
    settle.cachedTokens = charged.cached;
    settle.reasoningTokens = charged.reasoning;
    settle.branch = nameOf(branch);
    settle.facts.detail = detail(charged, counted);
    services_.port.post(settle, std::exchange(room_, 0));
}

ledger::RowFacts Billing::facts() const
{
    ledger::RowFacts facts;
    facts.requestId = record_.requestId;
    facts.userName = request_.caller.user->name;
    facts.tokenName = record_.tokenName;
    facts.model = index_ < models_.size() ? models_[index_] : std::string_view(request_.model);
    facts.upstreamId = record_.upstreamId;
    facts.finish = record_.finish;
    facts.createdAt = record_.startedAt;
    facts.elapsedMs = unixMillis() - record_.startedAt;
    facts.stream = record_.stream;
    facts.systemPromptReset = index_ < channels_.size() && !channels_[index_]->systemPrompt.empty();
    return facts;
}

// The row's own explanation, in the form of ledger/row_detail.h; written straight, since every request pays for it.
std::string Billing::detail(const ledger::TokenUsage& charged, int64_t countedOutput) const
{
    const Priced& priced = current();
    std::string out;
    out.reserve(512);
    appendNumber(out += R"({"price":{"model":)", priced.price.model);
    appendNumber(out += R"(,"group":)", priced.price.group);
    appendNumber(out += R"(,"completion":)", priced.price.completion);
    const auto part = [&](std::string_view name, double ratio) {
        if (ratio == 1) return;
        out.append(",\"").append(name).append("\":");
        appendNumber(out, ratio);
    };
    part("cached", priced.price.cached);
    part("cache_write", priced.price.cacheWrite);
    part("audio_input", priced.price.audioInput);
    part("reasoning", priced.price.reasoning);
    part("audio_output", priced.price.audioOutput);
    out.append(R"(,"source":{"model":")").append(priced.modelSource).append(R"(","completion":")").append(priced.completionSource);
    out.append(R"(","group":")").append(priced.groupSource).append(R"("}},"usage":{"prompt":)");
    out.append(std::to_string(charged.prompt)).append(R"(,"completion":)").append(std::to_string(charged.completion));
    const auto number = [&](std::string_view name, int64_t value) {
        out.append(",\"").append(name).append("\":").append(std::to_string(value));
    };
    const auto count = [&](std::string_view name, int64_t value) {
        if (value != 0) number(name, value);
    };
    count("cached", charged.cached);
    count("cache_write", charged.cacheWrite);
    count("audio_input", charged.audioInput);
    count("reasoning", charged.reasoning);
    count("audio_output", charged.audioOutput);
    if (promptCounted_ >= 0) number("counted_prompt", promptCounted_);
    if (countedOutput >= 0) number("counted_completion", countedOutput);
    appendJsonQuoted(out += R"(},"requested_model":)", std::string_view(request_.model).substr(0, 191));
    out.append(R"(,"operation":")").append(request_.operation).append("\"");
    if (record_.firstTokenMs >= 0) number("first_token_ms", record_.firstTokenMs);
    if (lowered_) number("lowered_to", outputLimit_.value_or(0));
    appendAttempts(out += R"(,"attempts":[)");
    return out += "]}";
}

void Billing::appendAttempts(std::string& out) const
{
    const auto append = [&](int64_t channel, int status, int64_t ms, std::string_view error) {
        std::string one = out.back() == '[' ? "{" : ",{";
        one.append(R"("channel":)").append(std::to_string(channel)).append(R"(,"status":)").append(std::to_string(status));
        one.append(R"(,"ms":)").append(std::to_string(ms));
        if (!error.empty()) appendJsonQuoted(one += R"(,"error":)", error.substr(0, kMostError));
        one += '}';
        if (out.size() + one.size() < ledger::kMostDetailBytes - 2) out += one;
    };
    for (const AttemptRecord& attempt : record_.attempts)
        append(attempt.channelId, attempt.status, attempt.milliseconds, attempt.error);
    if (delivery_ && index_ < channels_.size() && record_.attempts.size() <= index_) // the one that runs
        append(channels_[index_]->id, client_.status(), unixMillis() - record_.startedAt, {});
}

} // namespace switchyard::relay
