#include "relay/billing.h"

#include "base/clock.h"
#include "base/text.h"
#include "relay/prompt_size.h"
#include "relay/relay.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace switchyard::relay
{

namespace
{

constexpr size_t kMostDetail = 4000;

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
    else if (delivery_ && !delivery_->usageSeen().reported)
        branch = Branch::counted;
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
    settle.facts.detail = detail(counted);
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

// The row's own explanation (ledger.md 9): everything that its charge was computed from.
std::string Billing::detail(int64_t countedOutput) const
{
    const Priced& priced = current();
    std::string out = R"({"price":{"model":)";
    appendNumber(out, priced.price.model);
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
    out.append(R"(},"source":{"model":")").append(priced.modelSource).append(R"(","completion":")").append(priced.completionSource);
    out.append(R"(","group":")").append(priced.groupSource).append(R"("},"requested_model":)");
    appendJsonQuoted(out, request_.model);
    const auto number = [&](std::string_view name, int64_t value) {
        out.append(",\"").append(name).append("\":").append(std::to_string(value));
    };
    if (record_.usage.cacheWrite != 0) number("cache_write_tokens", record_.usage.cacheWrite);
    if (record_.usage.audioInput != 0) number("audio_input_tokens", record_.usage.audioInput);
    if (record_.usage.audioOutput != 0) number("audio_output_tokens", record_.usage.audioOutput);
    if (promptCounted_ >= 0) number("counted_prompt", promptCounted_);
    if (countedOutput >= 0) number("counted_completion", countedOutput);
    if (record_.firstTokenMs >= 0) number("first_token_ms", record_.firstTokenMs);
    if (lowered_) number("lowered_to", outputLimit_.value_or(0));
    out += R"(,"attempts":[)";
    bool first = true;
    for (const AttemptRecord& attempt : record_.attempts)
    {
        std::string one = first ? "{" : ",{";
        one.append(R"("channel":)").append(std::to_string(attempt.channelId));
        one.append(R"(,"status":)").append(std::to_string(attempt.status));
        one.append(R"(,"ms":)").append(std::to_string(attempt.milliseconds)).append("}");
        if (out.size() + one.size() > kMostDetail) break;
        out += one;
        first = false;
    }
    if (delivery_ && index_ < channels_.size() && record_.attempts.size() <= index_) // the one that runs
    {
        out.append(first ? "{" : ",{").append(R"("channel":)").append(std::to_string(channels_[index_]->id));
        out.append(R"(,"status":)").append(std::to_string(client_.status())).append(R"(,"ms":)");
        out.append(std::to_string(unixMillis() - record_.startedAt)).append("}");
    }
    return out += "]}";
}

} // namespace switchyard::relay
