// Task<T>: a coroutine that starts when it is awaited and whose frame belongs to whoever holds the Task.
#pragma once

#include "net/frame_pool.h"

#include <coroutine>
#include <cstddef>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

namespace switchyard::net
{

template <class T>
class Task;

namespace detail
{

// What the promises of all tasks share: whom to resume at the end, and an exception on its way up.
struct TaskPromiseBase
{
    // Frames come and go several times a request, in few sizes, on one thread.
    static void* operator new(size_t size) { return FramePool::take(size); }
    static void operator delete(void* frame, size_t size) noexcept { FramePool::give(frame, size); }

    std::coroutine_handle<> continuation;
    std::exception_ptr thrown;

    std::suspend_always initial_suspend() noexcept { return {}; }

    struct FinalAwaiter
    {
        bool await_ready() noexcept { return false; }
        template <class Promise>
        std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> finished) noexcept
        {
            if (finished.promise().continuation) return finished.promise().continuation;
            return std::noop_coroutine(); // finished before its awaiter had to suspend, see Task::Awaiter
        }
        void await_resume() noexcept {}
    };
    FinalAwaiter final_suspend() noexcept { return {}; }
    void unhandled_exception() noexcept { thrown = std::current_exception(); }
};

template <class T>
struct TaskPromise : TaskPromiseBase
{
    std::optional<T> value;
    Task<T> get_return_object() noexcept;
    template <class U>
    void return_value(U&& result)
    {
        value.emplace(std::forward<U>(result));
    }
    T take()
    {
        if (thrown) std::rethrow_exception(thrown);
        return std::move(*value);
    }
};

template <>
struct TaskPromise<void> : TaskPromiseBase
{
    Task<void> get_return_object() noexcept;
    void return_void() noexcept {}
    void take()
    {
        if (thrown) std::rethrow_exception(thrown);
    }
};

} // namespace detail

/// A lazy coroutine. Build it in a named variable, then co_await that variable, once:
///
///     auto reading = connection.readHead();
///     auto head = co_await reading;
///
/// (g++ 12 miscompiles some temporaries, conditional operators and capturing lambdas inside a co_await expression.)
/// Destroying a Task that is suspended is a safe cancellation: every awaitable of this folder withdraws itself in its
/// destructor, and locals are destroyed as on a return. A task must not be destroyed from inside itself.
/// [one thread: that of the loop it runs on]
template <class T = void>
class [[nodiscard]] Task
{
public:
    using promise_type = detail::TaskPromise<T>;
    using Handle = std::coroutine_handle<promise_type>;

    Task() noexcept = default;
    explicit Task(Handle handle) noexcept : handle_(handle) {}
    Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, {})) {}
    Task& operator=(Task&& other) noexcept
    {
        if (this != &other)
        {
            reset();
            handle_ = std::exchange(other.handle_, {});
        }
        return *this;
    }
    Task(const Task&) = delete;
    Task& operator=(const Task&) = delete;
    ~Task() { reset(); }

    explicit operator bool() const noexcept { return static_cast<bool>(handle_); }

    /// Destroys the coroutine, finished or not.
    void reset() noexcept
    {
        if (auto handle = std::exchange(handle_, {})) handle.destroy();
    }

    class Awaiter
    {
    public:
        explicit Awaiter(Handle handle) noexcept : handle_(handle) {}
        bool await_ready() const noexcept { return handle_.done(); }
        // The child runs here until it first waits. Most never wait (data is there, the socket takes everything), and
        // then nothing is suspended and no stack grows, even in builds without tail calls.
        bool await_suspend(std::coroutine_handle<> parent)
        {
            handle_.resume();
            if (handle_.done()) return false;
            handle_.promise().continuation = parent;
            return true;
        }
        T await_resume() { return handle_.promise().take(); }

    private:
        Handle handle_;
    };

    Awaiter operator co_await() noexcept { return Awaiter(handle_); }

private:
    Handle handle_;
};

namespace detail
{

template <class T>
Task<T> TaskPromise<T>::get_return_object() noexcept
{
    return Task<T>(std::coroutine_handle<TaskPromise<T>>::from_promise(*this));
}

inline Task<void> TaskPromise<void>::get_return_object() noexcept
{
    return Task<void>(std::coroutine_handle<TaskPromise<void>>::from_promise(*this));
}

} // namespace detail

} // namespace switchyard::net
