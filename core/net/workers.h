// Workers: threads for what must not run on a loop.
#pragma once

#include "net/loop.h"
#include "net/waiter.h"

#include <condition_variable>
#include <coroutine>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

namespace switchyard::net
{

/// A small fixed pool. Destroying it finishes what runs and drops what is queued. [any thread]
class Workers
{
public:
    explicit Workers(size_t threads);
    ~Workers();
    Workers(const Workers&) = delete;
    Workers& operator=(const Workers&) = delete;

    /// Runs `job` some time on some thread. It must not throw.
    void post(std::function<void()> job);
    size_t queued() const;

private:
    void work();

    mutable std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<std::function<void()>> jobs_;
    bool stopping_ = false;
    std::vector<std::thread> threads_;
};

/// Runs a function on a worker and goes on, on the loop, with what it returned; what it throws is thrown there. If the
/// coroutine is destroyed meanwhile the function still runs to its end and its result is dropped, so it must own what
/// it uses.
///
///     auto hashing = runOn(workers, [body] { return sha256(*body); });
///     auto digest = co_await hashing;
template <class Function>
class RunOn
{
public:
    using Value = std::invoke_result_t<Function&>;

    RunOn(Workers& workers, Function function)
        : workers_(workers), state_(std::make_shared<State>(Loop::current(), std::move(function)))
    {
    }
    ~RunOn() { state_->waiter = nullptr; }
    RunOn(const RunOn&) = delete;
    RunOn& operator=(const RunOn&) = delete;

    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> handle)
    {
        waiter_.handle = handle;
        state_->waiter = &waiter_;
        workers_.post(
            [state = state_]
            {
                state->run();
                state->inbox->post(
                    [state]
                    {
                        if (state->waiter) state->loop->wakeUp(*state->waiter, Wake::ready);
                    });
            });
    }
    Value await_resume()
    {
        if (state_->thrown) std::rethrow_exception(state_->thrown);
        if constexpr (!std::is_void_v<Value>) return std::move(*state_->value);
    }

private:
    struct Nothing
    {
    };
    struct State
    {
        State(Loop& l, Function f) : loop(&l), inbox(l.inbox()), function(std::move(f)) {}
        void run()
        {
            try
            {
                if constexpr (std::is_void_v<Value>)
                    function();
                else
                    value.emplace(function());
            }
            catch (...)
            {
                thrown = std::current_exception();
            }
        }
        Loop* loop; // touched on its own thread only
        std::shared_ptr<Inbox> inbox;
        Waiter* waiter = nullptr; // likewise
        Function function;
        std::optional<std::conditional_t<std::is_void_v<Value>, Nothing, Value>> value;
        std::exception_ptr thrown;
    };

    Workers& workers_;
    std::shared_ptr<State> state_;
    Waiter waiter_;
};

template <class Function>
RunOn<Function> runOn(Workers& workers, Function function)
{
    return {workers, std::move(function)};
}

} // namespace switchyard::net
