// The changes of balances.h inside a transaction that somebody else has begun: StoreBalances begins one for each, the
// ledger's writer runs them in its own.
#pragma once

#include "management/balances.h"
#include "store/db_session.h"

namespace switchyard::management
{

/// Balance, ledger entry and log row. As Balances says; `nowMs` is Unix time.
std::optional<BalanceChange> editUserIn(store::DbSession& session, int64_t userId, Edit edit, const Occasion& occasion,
                                        int64_t nowMs);
std::optional<BalanceChange> editTokenIn(store::DbSession& session, int64_t tokenId, Edit edit,
                                         const Occasion& occasion, int64_t nowMs);
Redeemed redeemIn(store::DbSession& session, std::string_view code, int64_t userId, const Occasion& occasion,
                  int64_t nowMs);

} // namespace switchyard::management
