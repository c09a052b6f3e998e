#include "net/signal.h"

#include "net/loop.h"

namespace switchyard::net
{

bool Signal::Awaiter::await_ready() noexcept
{
    if (signal_.notified_)
    {
        signal_.notified_ = false;
        waiter_.wake = Wake::ready;
    }
    else if (until_.under && until_.under->cancelled())
        waiter_.wake = Wake::cancelled;
    else if (until_.by <= Loop::current().now())
        waiter_.wake = Wake::timeout;
    return waiter_.wake != Wake::none;
}

void Signal::Awaiter::await_suspend(std::coroutine_handle<> handle) noexcept
{
    waiter_.handle = handle;
    signal_.waiter_ = &waiter_;
    if (until_.under) until_.under->watch(waiter_);
    if (until_.by != kNever) signal_.set(Loop::current().deadlines(), until_.by);
}

Wake Signal::Awaiter::await_resume() noexcept
{
    withdraw();
    return waiter_.wake;
}

void Signal::Awaiter::withdraw() noexcept
{
    if (signal_.waiter_ != &waiter_) return;
    signal_.waiter_ = nullptr;
    signal_.clear();
}

void Signal::notify() noexcept
{
    if (waiter_ && waiter_->wake == Wake::none)
        Loop::current().wakeUp(*waiter_, Wake::ready);
    else
        notified_ = true;
}

void Signal::expired() noexcept
{
    if (waiter_) Loop::current().wakeUp(*waiter_, Wake::timeout);
}

bool Sleep::await_ready() noexcept
{
    if (until_.under && until_.under->cancelled()) waiter_.wake = Wake::cancelled;
    return waiter_.wake != Wake::none;
}

void Sleep::await_suspend(std::coroutine_handle<> handle) noexcept
{
    waiter_.handle = handle;
    if (until_.under) until_.under->watch(waiter_);
    if (until_.by != kNever) set(Loop::current().deadlines(), until_.by);
}

void Sleep::expired() noexcept { Loop::current().wakeUp(waiter_, Wake::timeout); }

Sleep sleepFor(int64_t milliseconds, Cancellation* under) noexcept
{
    return Sleep({Loop::current().after(milliseconds), under});
}

void Cancellation::cancel(CancelReason reason) noexcept
{
    if (reason_ != CancelReason::none || reason == CancelReason::none) return;
    reason_ = reason;
    while (waiters_.linked())
        Loop::current().wakeUp(static_cast<Waiter&>(waiters_.next()), Wake::cancelled);
}

} // namespace switchyard::net
