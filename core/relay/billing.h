// The money of one request: its prices, its hold, what was delivered, and the one settlement (ledger.md 2 to 6).
#pragma once

#include "base/error.h"
#include "base/result.h"
#include "ledger/holds/bound.h"
#include "ledger/holds/hold_attempt.h"
#include "ledger/price/price_book.h"
#include "net/task.h"
#include "net/workers.h"
#include "relay/answer_meter.h"
#include "relay/billing_rules.h"
#include "relay/delivery.h"
#include "relay/ledger_port.h"
#include "relay/relay_request.h"
#include "relay/settlement.h"
#include "routing/plan.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace switchyard::relay
{

/// What billing needs besides the request; outlives it.
struct BillingServices
{
    ledger::Vocabularies& vocabularies;
    net::Workers& workers;
    LedgerPort& port;
    const BillingRules& rules;
};

/// [the request's loop thread]
class Billing final : public AnswerAccount, private ProgressSource
{
public:
    /// `record` is completed here and outlives this; so do `request` and `client`.
    Billing(const BillingServices& services, Client& client, RelayRequest& request, Settlement& record);
    ~Billing(); ///< settles what nobody has settled: the request was cut off
    Billing(const Billing&) = delete;
    Billing& operator=(const Billing&) = delete;

    /// Prices the candidates (those without a price are taken out) and holds the bound of the dearest one, waiting for other
    /// holds of the account if need be. The error is what the client is told.
    net::Task<Result<Done, ApiError>> hold(std::vector<routing::Candidate>& plan);
    /// The output limit that a candidate must be sent; none: as the client wrote it.
    std::optional<int64_t> outputLimit() const noexcept { return outputLimit_; }

    /// `delivery` runs candidate number `index` of the plan; null: none runs.
    void attempt(size_t index, const Delivery* delivery) noexcept;
    /// Ends it, if closing() has not: charges by the rule of ledger.md 4. Does not wait.
    void settle(Branch branch);
    bool settled() const noexcept { return settled_; }

    void told(uint64_t frame, std::string_view text) override { meter_->told(frame, text); }
    bool wantsTexts() const override { return !free_; }
    void committed() override;
    bool nearItsEnd() const override { return watched_ && !settled_ && meter_->queuedAtMost() >= covered_; }
    bool delivered(uint64_t frames) override;
    net::Task<void> closing() override;

private:
    struct Priced
    {
        ledger::Price price;
        std::string_view modelSource, completionSource, groupSource;
    };
    Result<Done, ApiError> priceAll(std::vector<routing::Candidate>& plan);
    net::Task<void> countPromptOnWorker();
    net::Task<void> unpackTable();
    void boundOutput();
    bool sizeFor(int64_t prompt);
    bool takeCheaply();
    net::Task<Result<Done, ApiError>> takeInTurn();
    ApiError tooLittle(const ledger::HoldRefusal& refusal) const;
    ApiError notAvailable(std::string_view code, std::string message) const;

    int64_t chargeOf(const Priced& priced, int64_t prompt, int64_t output) const noexcept;
    const Priced& current() const noexcept { return prices_[index_ < prices_.size() ? index_ : 0]; }
    int64_t promptTokens();
    bool extend(int64_t tokens);
    ledger::RowFacts facts() const;
    std::string detail(const ledger::TokenUsage& charged, int64_t countedOutput) const;
    void appendAttempts(std::string& out) const;
    bool progress(ledger::ProgressRecord::Stream& stream) override;

    BillingServices services_;
    Client& client_;
    RelayRequest& request_;
    Settlement& record_;
    ledger::AccountPtr user_;
    ledger::AccountPtr token_; ///< null: unlimited
    ledger::Hold hold_;
    std::vector<Priced> prices_; ///< of the candidates, in their order
    std::vector<ledger::Price> pinned_; ///< the same, as bounds ask for them
    std::vector<const store::Channel*> channels_;
    std::vector<std::string_view> models_;
    std::optional<AnswerMeter> meter_;
    const Delivery* delivery_ = nullptr;
    size_t index_ = SIZE_MAX;
    ledger::BoundRequest asked_; ///< of the candidate that may put out most
    ledger::HoldBound bound_;
    ledger::HoldSize size_;
    std::optional<int64_t> outputLimit_;
    int64_t promptCounted_ = -1;
    int64_t held_ = 0;     ///< the most that it had
    int64_t covered_ = 0;  ///< output tokens that it pays
    int64_t reported_ = 0; ///< output tokens of the last progress
    uint64_t ticket_ = 0;
    uint32_t room_ = 0;    ///< reserved in the journal
    bool free_ = false;
    bool lowered_ = false;
    bool watched_ = false; ///< the answer ends where the balance does
    bool settled_ = false;
};

} // namespace switchyard::relay
