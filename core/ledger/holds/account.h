// One balance in memory, and the holds on it (ledger.md 1 and 2). No lock on the way of a request.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

namespace switchyard::ledger
{

enum class AccountKind : uint8_t
{
    user,
    token ///< a limited one
};

/// Who is told that points have come back to an account. [told on any thread, with the account's queue locked: only post]
class HoldWaiter
{
public:
    virtual ~HoldWaiter() = default;
    virtual void freed() noexcept = 0;

private:
    friend class Account;
    HoldWaiter* before_ = nullptr;
    HoldWaiter* after_ = nullptr;
    bool queued_ = false;
};

/// `available = column as last read - journaled but not applied - open holds`: one integer. It changes by a hold, by a
/// settlement, and by the writer, which adds what the column differs from what it expected; by nothing else.
class Account
{
public:
    Account(AccountKind ofKind, int64_t ofId, int64_t available) noexcept : kind(ofKind), id(ofId), available_(available) {}
    Account(const Account&) = delete;
    Account& operator=(const Account&) = delete;

    const AccountKind kind;
    const int64_t id;

    int64_t available() const noexcept { return available_.load(std::memory_order_acquire); }
    int64_t held() const noexcept { return held_.load(std::memory_order_acquire); }

    /// Takes `amount` >= 0 if it is there. Never below zero. [any thread]
    bool take(int64_t amount) noexcept;
    /// Takes as much of `amount` as there is; what it took. [any thread]
    int64_t takeUpTo(int64_t amount) noexcept;
    /// Gives `returned` of a hold of `held` back; the rest of the hold has become a charge. Tells the first waiter.
    void release(int64_t held, int64_t returned) noexcept;
    /// Of the writer: the column moved by `difference` more than our own charges.
    void adjust(int64_t difference) noexcept;

    /// The queue: first in, first out, at most kMostWaiters. A waiter that joined is told freed() whenever it is the first
    /// and points have come back, and must leave() before it is destroyed. [any thread]
    static constexpr size_t kMostWaiters = 256;
    bool join(HoldWaiter& waiter) noexcept; ///< false: the queue is full
    void leave(HoldWaiter& waiter) noexcept; ///< tells the next one, which may fit
    bool first(const HoldWaiter& waiter) const noexcept;
    bool queued() const noexcept { return waiters_.load(std::memory_order_acquire) != 0; }

private:
    void tellFirst() noexcept;

    std::atomic<int64_t> available_;
    std::atomic<int64_t> held_{0};   ///< open holds, for waiting and for messages
    std::atomic<size_t> waiters_{0};
    mutable std::mutex queue_;
    HoldWaiter* head_ = nullptr;
    HoldWaiter* tail_ = nullptr;
};
using AccountPtr = std::shared_ptr<Account>;

/// The accounts of one moment; immutable. A request finds its own without a lock and keeps them by shared_ptr.
class AccountTable
{
public:
    std::unordered_map<int64_t, AccountPtr> users;
    std::unordered_map<int64_t, AccountPtr> tokens; ///< limited ones

    AccountPtr user(int64_t id) const;
    AccountPtr token(int64_t id) const;
};
using AccountTablePtr = std::shared_ptr<const AccountTable>;

} // namespace switchyard::ledger
