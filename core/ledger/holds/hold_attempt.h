// A request on its way to its hold: takes, waits its turn, makes do with less, or is refused (ledger.md 2). No sockets, no
// clock, no thread: the relay's coroutine drives it.
#pragma once

#include "ledger/holds/hold.h"

#include <cstdint>
#include <functional>

namespace switchyard::ledger
{

struct HoldRequest
{
    AccountPtr user;    ///< never null
    AccountPtr token;   ///< null: unlimited
    int64_t amount = 0; ///< points that cover the dearest candidate (bound.h)
    /// Points with which it is still worth trying: the prompt and a few output tokens. As much as `amount` when nothing of
    /// the request can be lowered. Never more than `amount`.
    int64_t least = 0;
};

/// Whether both balances are so far from the end, and nobody waits, that a rough bound may stand for the exact one.
bool ample(const HoldRequest& request) noexcept;

/// Why there is no hold: for 403 `insufficient_user_quota`.
struct HoldRefusal
{
    enum class Why : uint8_t
    {
        balance,  ///< not even `least` is there, or would be if all holds came back
        timeUp,   ///< others that came before were still waiting
        queueFull ///< Account::kMostWaiters wait already
    };
    Why why = Why::balance;
    AccountKind kind = AccountKind::user; ///< whose balance
    int64_t id = 0;
    int64_t have = 0; ///< available
    int64_t held = 0; ///< by other requests
    int64_t need = 0; ///< the request's `amount`
    int64_t least = 0;
};

/// Drive it like this:
///
///     HoldAttempt attempt(request, now + holdWait, [post to my loop: wake up]);
///     while (attempt.advance(now) == HoldAttempt::State::waiting)
///         wait until woken up or until attempt.until(), or go when the client does;
///     Hold hold = attempt.take();      // held and lowered
///
/// An attempt that is destroyed leaves the queue and gives back a hold that nobody took. [one thread at a time; `onFreed` is
/// called on any, may come without cause, and never after the destructor has begun to return]
class HoldAttempt final : private HoldWaiter
{
public:
    enum class State : uint8_t
    {
        waiting, ///< call advance() when told, or when the time is up
        held,    ///< `amount` is held
        lowered, ///< less is held: `amount` of the hold says how much, bound.h which output limit fits
        refused  ///< refusal() says why
    };

    /// `until`: when the waiting ends, on the clock that advance() is told.
    HoldAttempt(HoldRequest request, int64_t until, std::function<void()> onFreed);
    ~HoldAttempt() override;
    HoldAttempt(const HoldAttempt&) = delete;
    HoldAttempt& operator=(const HoldAttempt&) = delete;

    /// Looks at the balances and does what they allow. After any other state than waiting it changes nothing.
    State advance(int64_t now);

    State state() const noexcept { return state_; }
    int64_t until() const noexcept { return until_; }
    const HoldRefusal& refusal() const noexcept { return refusal_; }
    Hold take() noexcept { return std::move(hold_); }

private:
    void freed() noexcept override { onFreed_(); }

    enum class Looked : uint8_t
    {
        decided,
        mustWait, ///< for `refusing`
        raced     ///< somebody else took in between: look again
    };
    Looked look(bool timeUp, AccountPtr& refusing);
    Looked took(Hold hold) noexcept;
    Looked refuse(const Account& account, HoldRefusal::Why why) noexcept;
    bool join(const AccountPtr& account);
    void leave() noexcept;

    HoldRequest request_;
    int64_t until_;
    std::function<void()> onFreed_;
    State state_ = State::waiting;
    AccountPtr queue_; ///< that it stands in
    Hold hold_;
    HoldRefusal refusal_;
};

} // namespace switchyard::ledger
