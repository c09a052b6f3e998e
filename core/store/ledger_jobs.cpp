// The part of LedgerRepository that people's changes of balances need.
#include "store/ledger_repository.h"

namespace switchyard::store
{

namespace
{

std::string wordOf(AccountKind kind) { return kind == AccountKind::user ? "user" : "token"; }

} // namespace

int64_t LedgerRepository::lastEntry() { return session_.number("SELECT COALESCE(MAX([id]), 0) FROM [ledger_entries]"); }

int64_t LedgerRepository::enteredSince(int64_t number, AccountKind kind, int64_t accountId)
{
    return session_.number("SELECT " + sumSql(session_.backend(), "[delta]") +
                               " FROM [ledger_entries] WHERE [account_kind] = ? AND [account_id] = ? AND [id] > ? "
                               "AND [cause] NOT IN ('retention', 'audit')",
                           wordOf(kind), accountId, number);
}

bool LedgerRepository::hasEntry(const LedgerEntry& entry)
{
    return session_.number("SELECT COUNT(*) FROM [ledger_entries] WHERE [account_kind] = ? AND [account_id] = ? AND "
                           "[delta] = ? AND [balance_after] = ? AND [cause] = ? AND [created_at] = ?",
                           wordOf(entry.kind), entry.accountId, entry.delta, entry.balanceAfter, entry.cause,
                           entry.createdAt) != 0;
}

void LedgerRepository::addToBalance(AccountKind kind, int64_t id, int64_t delta)
{
    const char* const update = kind == AccountKind::user
                                   ? "UPDATE [users] SET [quota] = COALESCE([quota], 0) + ? WHERE [id] = ?"
                                   : "UPDATE [tokens] SET [remain_quota] = COALESCE([remain_quota], 0) + ? WHERE [id] = ?";
    session_.execute(update, delta, id);
}

} // namespace switchyard::store
