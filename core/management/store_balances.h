// Balances that are kept in the database alone: each change is one write transaction.
#pragma once

#include "management/balances.h"

#include <functional>

namespace switchyard::store
{
class Database;
class DbSession;
} // namespace switchyard::store

namespace switchyard::management
{

/// For a process without a ledger's writer (tests, and a gateway that does not bill): the UPDATE of the balance, its row
/// in `ledger_entries` and the log row are one transaction.
class StoreBalances : public Balances
{
public:
    /// `database` outlives it. `nowMs`: Unix time.
    StoreBalances(store::Database& database, std::function<int64_t()> nowMs)
        : database_(database), nowMs_(std::move(nowMs))
    {
    }

    std::optional<BalanceChange> editUser(int64_t userId, Edit edit, const Occasion& occasion) override;
    std::optional<BalanceChange> editToken(int64_t tokenId, Edit edit, const Occasion& occasion) override;
    Redeemed redeem(std::string_view code, int64_t userId, const Occasion& occasion) override;

private:
    store::Database& database_;
    std::function<int64_t()> nowMs_;
};

} // namespace switchyard::management
