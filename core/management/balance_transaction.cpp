#include "management/balance_transaction.h"

#include "store/ledger_repository.h"
#include "store/redemption_repository.h"
#include "store/token_repository.h"
#include "store/user_repository.h"

#include <Poco/Exception.h>
#include <array>

namespace switchyard::management
{

namespace
{

using store::AccountKind;
using store::LedgerRepository;

constexpr int64_t kMillisPerSecond = 1000;

BalanceChange changeOf(int64_t before, Edit edit)
{
    BalanceChange change{before, edit.value};
    if (edit.kind == Edit::Kind::delta && __builtin_add_overflow(before, edit.value, &change.after))
        throw Poco::RangeException("the balance would not fit 64 bits");
    int64_t delta = 0;
    if (__builtin_sub_overflow(change.after, change.before, &delta))
        throw Poco::RangeException("the change of the balance would not fit 64 bits");
    return change;
}

void enter(store::DbSession& session, AccountKind kind, int64_t accountId, const BalanceChange& change,
           const Occasion& occasion, const std::string& reference, int64_t nowMs)
{
    store::LedgerEntry entry;
    entry.kind = kind;
    entry.accountId = accountId;
    entry.delta = change.after - change.before;
    entry.balanceAfter = change.after;
    entry.cause = occasion.cause;
    entry.actor = occasion.actor;
    entry.reference = reference;
    entry.createdAt = nowMs;
    LedgerRepository(session).insertEntries(std::array{entry});
}

void log(store::DbSession& session, int64_t userId, const BalanceChange& change, const Occasion& occasion, int64_t nowMs)
{
    if (!occasion.logText) return;
    const auto user = store::UserRepository(session).find(userId);
    if (!user) return;
    store::LogRow row;
    row.userId = userId;
    row.userName = user->user.name;
    row.createdAt = nowMs / kMillisPerSecond;
    row.type = occasion.logType;
    row.content = occasion.logText(change);
    if (occasion.logsQuota) row.quota = change.after - change.before;
    LedgerRepository(session).insertLogs(std::array{row});
}

std::optional<BalanceChange> changeUser(store::DbSession& session, int64_t userId, Edit edit, const Occasion& occasion,
                                        const std::string& reference, int64_t nowMs)
{
    LedgerRepository ledger(session);
    const auto before = ledger.readUserBalance(userId);
    if (!before) return std::nullopt;
    const BalanceChange change = changeOf(*before, edit);
    ledger.applyToUser(userId, change.after - change.before, 0, 0);
    enter(session, AccountKind::user, userId, change, occasion, reference, nowMs);
    log(session, userId, change, occasion, nowMs);
    return change;
}

} // namespace

std::optional<BalanceChange> editUserIn(store::DbSession& session, int64_t userId, Edit edit, const Occasion& occasion,
                                        int64_t nowMs)
{
    return changeUser(session, userId, edit, occasion, occasion.reference, nowMs);
}

std::optional<BalanceChange> editTokenIn(store::DbSession& session, int64_t tokenId, Edit edit,
                                         const Occasion& occasion, int64_t nowMs)
{
    LedgerRepository ledger(session);
    const auto before = ledger.readTokenBalance(tokenId);
    if (!before) return std::nullopt;
    const BalanceChange change = changeOf(before->remainQuota, edit);
    store::TokenRepository tokens(session);
    tokens.addRemaining(tokenId, change.after - change.before);
    enter(session, AccountKind::token, tokenId, change, occasion, occasion.reference, nowMs);
    log(session, tokens.ownerOf(tokenId), change, occasion, nowMs);
    return change;
}

Redeemed redeemIn(store::DbSession& session, std::string_view code, int64_t userId, const Occasion& occasion,
                  int64_t nowMs)
{
    store::RedemptionRepository redemptions(session);
    const auto redemption = redemptions.findByKey(code);
    if (!redemption) return {RedeemFailure::unknownCode, 0, {}};
    if (!LedgerRepository(session).readUserBalance(userId)) return {RedeemFailure::unknownUser, 0, {}};
    if (!redemptions.use(redemption->id, nowMs / kMillisPerSecond)) return {RedeemFailure::usedOrDisabled, 0, {}};
    const auto change = changeUser(session, userId, Edit::by(redemption->quota), occasion,
                                   "redemption " + std::to_string(redemption->id), nowMs);
    return {std::nullopt, redemption->quota, change.value()};
}

} // namespace switchyard::management
