#include "app/ledger_balances.h"

#include <Poco/Exception.h>

namespace switchyard::app
{

using ledger::AccountKind;
using ledger::BalanceJob;
using ledger::JobAnswer;
using management::BalanceChange;
using management::Edit;
using management::Occasion;

ledger::JobAnswer LedgerBalances::run(BalanceJob job, const Occasion& occasion)
{
    job.cause = occasion.cause;
    job.who = occasion.actor;
    job.reference = occasion.reference;
    if (occasion.logText)
    {
        ledger::JobNote note;
        note.type = static_cast<int>(occasion.logType);
        Owner owner = ownerOf_(job.account, job.id);
        note.userId = owner.id;
        note.userName = std::move(owner.name);
        if (occasion.logsQuota && job.kind == BalanceJob::Kind::add) note.quota = job.amount;
        note.content = [text = occasion.logText](int64_t before, int64_t after) { return text({before, after}); };
        job.note = std::move(note);
    }
    const JobAnswer answer = ledger_.run(std::move(job));
    switch (answer.outcome)
    {
    case JobAnswer::Outcome::outOfRange: throw Poco::RangeException("the balance would not be a number that can be kept");
    case JobAnswer::Outcome::unavailable:
        throw Poco::TimeoutException("the ledger cannot change balances just now; nothing has happened, try again");
    case JobAnswer::Outcome::unknown:
        throw Poco::IOException("the database went away at the very moment of the change; look at the balance before you repeat it");
    default: return answer;
    }
}

std::optional<BalanceChange> LedgerBalances::edit(AccountKind kind, int64_t id, Edit edit, const Occasion& occasion)
{
    BalanceJob job;
    job.kind = edit.kind == Edit::Kind::absolute ? BalanceJob::Kind::set : BalanceJob::Kind::add;
    job.account = kind;
    job.id = id;
    job.amount = edit.value;
    const JobAnswer answer = run(std::move(job), occasion);
    if (answer.outcome == JobAnswer::Outcome::noAccount) return std::nullopt;
    return BalanceChange{answer.before, answer.after};
}

std::optional<BalanceChange> LedgerBalances::editUser(int64_t userId, Edit change, const Occasion& occasion)
{
    return edit(AccountKind::user, userId, change, occasion);
}

std::optional<BalanceChange> LedgerBalances::editToken(int64_t tokenId, Edit change, const Occasion& occasion)
{
    return edit(AccountKind::token, tokenId, change, occasion);
}

management::Redeemed LedgerBalances::redeem(std::string_view code, int64_t userId, const Occasion& occasion)
{
    BalanceJob job;
    job.kind = BalanceJob::Kind::redeem;
    job.id = userId;
    job.code = code;
    const JobAnswer answer = run(std::move(job), occasion);
    switch (answer.outcome)
    {
    case JobAnswer::Outcome::done: return {std::nullopt, answer.after - answer.before, {answer.before, answer.after}};
    case JobAnswer::Outcome::noAccount: return {management::RedeemFailure::unknownUser, 0, {}};
    case JobAnswer::Outcome::noCode: return {management::RedeemFailure::unknownCode, 0, {}};
    default: return {management::RedeemFailure::usedOrDisabled, 0, {}};
    }
}

} // namespace switchyard::app
