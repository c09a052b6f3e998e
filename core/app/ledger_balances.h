// Changes of balances by people, run by the ledger's writer: the management plane's Balances in the product.
#pragma once

#include "ledger/writer/ledger_service.h"
#include "management/balances.h"

#include <functional>
#include <string>

namespace switchyard::app
{

class LedgerBalances final : public management::Balances
{
public:
    struct Owner
    {
        int64_t id = 0; ///< 0: none
        std::string name;
    };
    /// Whose an account is, for the log row.
    using OwnerOf = std::function<Owner(ledger::AccountKind, int64_t id)>;

    /// `ledger` outlives it.
    LedgerBalances(ledger::LedgerService& ledger, OwnerOf ownerOf) : ledger_(ledger), ownerOf_(std::move(ownerOf)) {}

    std::optional<management::BalanceChange> editUser(int64_t userId, management::Edit edit,
                                                      const management::Occasion& occasion) override;
    std::optional<management::BalanceChange> editToken(int64_t tokenId, management::Edit edit,
                                                       const management::Occasion& occasion) override;
    management::Redeemed redeem(std::string_view code, int64_t userId, const management::Occasion& occasion) override;

private:
    ledger::JobAnswer run(ledger::BalanceJob job, const management::Occasion& occasion);
    std::optional<management::BalanceChange> edit(ledger::AccountKind kind, int64_t id, management::Edit edit,
                                                  const management::Occasion& occasion);

    ledger::LedgerService& ledger_;
    OwnerOf ownerOf_;
};

} // namespace switchyard::app
