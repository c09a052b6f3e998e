#include "ledger/holds/hold_attempt.h"

#include <algorithm>

namespace switchyard::ledger
{

namespace
{

/// Balances that pay a hold this many times over are far from their end.
constexpr int64_t kAmple = 16;

/// Each further look means that somebody else has moved one of the two balances meanwhile.
constexpr int kMostLooks = 64;

bool isAmple(const Account& account, int64_t amount) noexcept
{
    return account.available() / kAmple >= amount && !account.queued();
}

} // namespace

bool ample(const HoldRequest& request) noexcept
{
    return isAmple(*request.user, request.amount) && (!request.token || isAmple(*request.token, request.amount));
}

HoldAttempt::HoldAttempt(HoldRequest request, int64_t until, std::function<void()> onFreed)
    : request_(std::move(request)), until_(until), onFreed_(std::move(onFreed))
{
}

HoldAttempt::~HoldAttempt() { leave(); }

HoldAttempt::State HoldAttempt::advance(int64_t now)
{
    for (int looks = 0; state_ == State::waiting; ++looks)
    {
        AccountPtr refusing;
        switch (look(now >= until_, refusing))
        {
        case Looked::decided:
        case Looked::raced: break;
        case Looked::mustWait:
            if (queue_ == refusing) return state_; // it stood there when it looked: what comes back later will be told
            if (!join(refusing)) refuse(*refusing, HoldRefusal::Why::queueFull);
            break;
        }
        if (looks == kMostLooks && state_ == State::waiting) refuse(*request_.user, HoldRefusal::Why::timeUp);
    }
    leave();
    return state_;
}

HoldAttempt::Looked HoldAttempt::look(bool timeUp, AccountPtr& refusing)
{
    // What costs nothing needs no balance and no turn.
    if (request_.amount <= 0) return took(Hold::take(request_.user, request_.token, 0));
    int64_t most = request_.amount;
    for (const AccountPtr& account : {request_.token, request_.user})
    {
        if (!account) continue;
        // In this order: a hold that begins or ends in between is seen as open, and looked at again.
        const int64_t available = account->available();
        const int64_t all = account->whole();
        if (all < request_.least) return refuse(*account, HoldRefusal::Why::balance);
        const bool mayWait = all > available;
        if (account->queued() && !account->first(*this))
        {
            if (timeUp) return refuse(*account, HoldRefusal::Why::timeUp);
            refusing = account;
            return Looked::mustWait;
        }
        if (available >= request_.amount) continue;
        if (mayWait && !timeUp)
        {
            refusing = account;
            return Looked::mustWait;
        }
        if (available < request_.least) return refuse(*account, HoldRefusal::Why::balance);
        most = std::min(most, available);
    }
    return took(Hold::take(request_.user, request_.token, most));
}

HoldAttempt::Looked HoldAttempt::took(Hold hold) noexcept
{
    if (!hold.open()) return Looked::raced;
    hold_ = std::move(hold);
    state_ = hold_.amount() < request_.amount ? State::lowered : State::held;
    return Looked::decided;
}

HoldAttempt::Looked HoldAttempt::refuse(const Account& account, HoldRefusal::Why why) noexcept
{
    state_ = State::refused;
    refusal_.why = why;
    refusal_.kind = account.kind;
    refusal_.id = account.id;
    refusal_.have = account.available();
    refusal_.held = std::max<int64_t>(account.held(), 0);
    refusal_.need = request_.amount;
    refusal_.least = request_.least;
    return Looked::decided;
}

bool HoldAttempt::join(const AccountPtr& account)
{
    leave();
    if (!account->join(*this)) return false;
    queue_ = account;
    return true;
}

void HoldAttempt::leave() noexcept
{
    if (const AccountPtr queue = std::exchange(queue_, nullptr)) queue->leave(*this);
}

} // namespace switchyard::ledger
