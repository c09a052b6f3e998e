// Waiting for something that happens on the same thread: Signal, Mailbox, sleepFor.
#pragma once

#include "net/deadlines.h"
#include "net/waiter.h"

#include <coroutine>
#include <cstdint>
#include <deque>
#include <optional>
#include <utility>

namespace switchyard::net
{

class Signal;

/// A flag that one coroutine at a time can wait for. A notification that comes while nobody waits is kept (one, however
/// many came) and taken by the next wait. [one thread]
class Signal final : private Timed
{
public:
    class Awaiter
    {
    public:
        Awaiter(Signal& signal, Until until) noexcept : signal_(signal), until_(until) {}
        ~Awaiter() { withdraw(); }
        Awaiter(const Awaiter&) = delete;
        Awaiter& operator=(const Awaiter&) = delete;
        bool await_ready() noexcept;
        void await_suspend(std::coroutine_handle<> handle) noexcept;
        /// ready, timeout or cancelled.
        Wake await_resume() noexcept;

    private:
        void withdraw() noexcept;
        Signal& signal_;
        Until until_;
        Waiter waiter_;
    };

    Signal() = default;
    Signal(const Signal&) = delete;
    Signal& operator=(const Signal&) = delete;

    void notify() noexcept;
    /// Takes back a notification that nobody has taken.
    void reset() noexcept { notified_ = false; }
    Awaiter wait(Until until = {}) noexcept { return {*this, until}; }

private:
    void expired() noexcept override;

    Waiter* waiter_ = nullptr;
    bool notified_ = false;
};

/// A queue with one reader on the same thread. Take what is there with pop(), then await arrived().
template <class T>
class Mailbox
{
public:
    void push(T item)
    {
        items_.push_back(std::move(item));
        arrived_.notify();
    }
    std::optional<T> pop()
    {
        if (items_.empty()) return std::nullopt;
        std::optional<T> item(std::move(items_.front()));
        items_.pop_front();
        if (items_.empty()) arrived_.reset();
        return item;
    }
    bool empty() const noexcept { return items_.empty(); }
    Signal::Awaiter arrived(Until until = {}) noexcept { return arrived_.wait(until); }

private:
    std::deque<T> items_;
    Signal arrived_;
};

/// Waits until a time: timeout is the normal end, cancelled the other.
class Sleep final : private Timed
{
public:
    explicit Sleep(Until until) noexcept : until_(until) {}
    Sleep(const Sleep&) = delete;
    Sleep& operator=(const Sleep&) = delete;
    bool await_ready() noexcept;
    void await_suspend(std::coroutine_handle<> handle) noexcept;
    Wake await_resume() noexcept { return waiter_.wake; }

private:
    void expired() noexcept override;
    Until until_;
    Waiter waiter_;
};

/// Sleeps, accurate to 1-2 ms on an idle loop. `auto pause = sleepFor(40, &cancellation); co_await pause;`
Sleep sleepFor(int64_t milliseconds, Cancellation* under = nullptr) noexcept;

} // namespace switchyard::net
