#include "ledger/holds/account.h"

namespace switchyard::ledger
{

bool Account::take(int64_t amount) noexcept
{
    int64_t there = available_.load();
    do
    {
        if (amount > 0 && there < amount) return false;
    } while (!available_.compare_exchange_weak(there, there - amount));
    return true;
}

int64_t Account::takeUpTo(int64_t amount) noexcept
{
    int64_t there = available_.load();
    int64_t taken = 0;
    do
    {
        taken = there <= 0 ? 0 : there < amount ? there : amount;
        if (taken <= 0) return 0;
    } while (!available_.compare_exchange_weak(there, there - taken));
    return taken;
}

void Account::release(int64_t held, int64_t returned) noexcept
{
    whole_.fetch_sub(held - returned);
    if (returned > 0) available_.fetch_add(returned);
    if (queued()) tellFirst();
}

void Account::adjust(int64_t difference) noexcept
{
    // In the order that shows too much held in between.
    if (difference < 0) available_.fetch_add(difference);
    whole_.fetch_add(difference);
    if (difference > 0) available_.fetch_add(difference);
    if (queued()) tellFirst();
}

bool Account::join(HoldWaiter& waiter) noexcept
{
    const std::lock_guard lock(queue_);
    if (waiters_.load() >= kMostWaiters) return false;
    waiter.before_ = tail_;
    waiter.after_ = nullptr;
    waiter.queued_ = true;
    (tail_ ? tail_->after_ : head_) = &waiter;
    tail_ = &waiter;
    waiters_.fetch_add(1);
    return true;
}

void Account::leave(HoldWaiter& waiter) noexcept
{
    const std::lock_guard lock(queue_);
    if (!waiter.queued_) return;
    const bool wasFirst = head_ == &waiter;
    (waiter.before_ ? waiter.before_->after_ : head_) = waiter.after_;
    (waiter.after_ ? waiter.after_->before_ : tail_) = waiter.before_;
    waiter.queued_ = false;
    waiters_.fetch_sub(1);
    if (wasFirst && head_) head_->freed();
}

bool Account::first(const HoldWaiter& waiter) const noexcept
{
    const std::lock_guard lock(queue_);
    return head_ == &waiter;
}

void Account::tellFirst() noexcept
{
    const std::lock_guard lock(queue_);
    if (head_) head_->freed();
}

AccountPtr AccountTable::user(int64_t id) const
{
    const auto found = users.find(id);
    return found == users.end() ? nullptr : found->second;
}

AccountPtr AccountTable::token(int64_t id) const
{
    const auto found = tokens.find(id);
    return found == tokens.end() ? nullptr : found->second;
}

} // namespace switchyard::ledger
