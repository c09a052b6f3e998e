#include "management/store_balances.h"

#include "management/balance_transaction.h"
#include "store/database.h"

namespace switchyard::management
{

std::optional<BalanceChange> StoreBalances::editUser(int64_t userId, Edit edit, const Occasion& occasion)
{
    return database_.write([&](store::DbSession& session)
                           { return editUserIn(session, userId, edit, occasion, nowMs_()); });
}

std::optional<BalanceChange> StoreBalances::editToken(int64_t tokenId, Edit edit, const Occasion& occasion)
{
    return database_.write([&](store::DbSession& session)
                           { return editTokenIn(session, tokenId, edit, occasion, nowMs_()); });
}

Redeemed StoreBalances::redeem(std::string_view code, int64_t userId, const Occasion& occasion)
{
    return database_.write([&](store::DbSession& session) { return redeemIn(session, code, userId, occasion, nowMs_()); });
}

} // namespace switchyard::management
