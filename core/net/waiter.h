// What a suspended coroutine leaves behind, how it is woken, and Cancellation, which wakes whole groups.
#pragma once

#include <coroutine>
#include <cstdint>
#include <limits>

namespace switchyard::net
{

/// No deadline.
inline constexpr int64_t kNever = std::numeric_limits<int64_t>::max();

/// A member of a circular doubly linked list; unlinks itself when destroyed.
class Link
{
public:
    Link() noexcept : previous_(this), next_(this) {}
    Link(const Link&) = delete;
    Link& operator=(const Link&) = delete;
    ~Link() { unlink(); }

    bool linked() const noexcept { return next_ != this; }
    void unlink() noexcept
    {
        previous_->next_ = next_;
        next_->previous_ = previous_;
        previous_ = next_ = this;
    }
    /// Puts this (unlinked) before `other`: at the end of the list that `other` heads.
    void linkBefore(Link& other) noexcept
    {
        previous_ = other.previous_;
        next_ = &other;
        previous_->next_ = this;
        other.previous_ = this;
    }
    Link& next() const noexcept { return *next_; }

private:
    Link* previous_;
    Link* next_;
};

/// Why a waiting coroutine goes on.
enum class Wake : uint8_t
{
    none,     ///< still waiting
    ready,    ///< what it waited for has come
    timeout,  ///< its deadline passed
    cancelled ///< its Cancellation was cancelled
};

/// One suspended coroutine. Lives in the awaiter, so in the coroutine's frame: destroying the frame withdraws it. While
/// it waits it is linked into its Cancellation, once woken into the loop's ready list.
class Waiter : public Link
{
public:
    std::coroutine_handle<> handle;
    Wake wake = Wake::none;
};

/// Why something was cancelled. clientGone is set by the connection itself.
enum class CancelReason : uint8_t
{
    none,
    clientGone,
    deadline,
    quota,
    shutdown,
    superseded
};

/// Cancels everything that waits under it. A client connection owns one and cancels it when the client hangs up;
/// whoever waits for an upstream on that client's behalf waits under it. Must outlive the waits under it. [one thread]
class Cancellation
{
public:
    Cancellation() = default;
    Cancellation(const Cancellation&) = delete;
    Cancellation& operator=(const Cancellation&) = delete;

    /// Wakes all that wait under it, in this turn of the loop; later waits return at once. The first reason stays.
    void cancel(CancelReason reason) noexcept;
    bool cancelled() const noexcept { return reason_ != CancelReason::none; }
    CancelReason reason() const noexcept { return reason_; }

    /// For awaiters: `waiter` will be woken by cancel().
    void watch(Waiter& waiter) noexcept { waiter.linkBefore(waiters_); }

private:
    Link waiters_;
    CancelReason reason_ = CancelReason::none;
};

/// How long to wait at most: every wait of this folder takes one.
struct Until
{
    int64_t by = kNever;           ///< in the loop's milliseconds (Loop::now)
    Cancellation* under = nullptr; ///< may be null
};

} // namespace switchyard::net
