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

/// `available = column as last read - journaled but not applied - open holds`. It changes by a hold, by a settlement, and by
/// the writer, which adds what the column differs from what it expected; by nothing else.
///
/// Kept as two integers: what is available, and the whole of it with what holds have taken. A hold moves the first alone, so
/// that nobody ever sees points that are neither available nor held; a charge moves the whole. While a settlement or an
/// adjustment is half done, held() says too much, never too little: who sees it waits, and is told at the end.
class Account
{
public:
    Account(AccountKind ofKind, int64_t ofId, int64_t available) noexcept
        : kind(ofKind), id(ofId), available_(available), whole_(available)
    {
    }
    Account(const Account&) = delete;
    Account& operator=(const Account&) = delete;

    const AccountKind kind;
    const int64_t id;

    int64_t available() const noexcept { return available_.load(); }
    /// What would be available if every hold came back in full.
    int64_t whole() const noexcept { return whole_.load(); }
    /// In open holds.
    int64_t held() const noexcept
    {
        const int64_t left = available_.load(); // first: what comes back meanwhile must not hide a hold
        return whole_.load() - left;
    }

    /// Takes `amount` >= 0 if it is there. Never below zero. [any thread]
    bool take(int64_t amount) noexcept;
    /// Takes as much of `amount` as there is; what it took. [any thread]
    int64_t takeUpTo(int64_t amount) noexcept;
    /// Gives `returned` of a hold of `held` back; the rest of the hold has become a charge. Tells the first waiter.
    void release(int64_t held, int64_t returned) noexcept;
    /// Of the writer: the column moved by `difference` more than our own charges. May lead below zero.
    void adjust(int64_t difference) noexcept;

    /// The queue: first in, first out, at most kMostWaiters. A waiter that joined is told freed() whenever it is the first
    /// and points may have come back, and must leave() before it is destroyed; afterwards it is told nothing. Who joins must
    /// look at the balance once more before it waits. [any thread]
    static constexpr size_t kMostWaiters = 256;
    bool join(HoldWaiter& waiter) noexcept; ///< false: the queue is full
    void leave(HoldWaiter& waiter) noexcept; ///< tells the next one, which may fit
    bool first(const HoldWaiter& waiter) const noexcept;
    bool queued() const noexcept { return waiters_.load() != 0; }

private:
    void tellFirst() noexcept;

    // All orders are sequential: a release that finds no waiter, and a waiter that finds no points, must not both happen.
    std::atomic<int64_t> available_;
    std::atomic<int64_t> whole_;
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
