#include "net/task_set.h"

#include "net/loop.h"

#include <exception>

namespace switchyard::net
{

struct TaskSet::Entry : Link
{
    explicit Entry(TaskSet& s) noexcept : set(&s) {}
    TaskSet* set;
    Waiter start;
};

struct TaskSet::Root
{
    struct promise_type : Entry
    {
        promise_type(TaskSet& owner, Task<void>&) noexcept : Entry(owner) {}
        Root get_return_object() noexcept { return {this}; }
        std::suspend_always initial_suspend() noexcept { return {}; }
        std::suspend_never final_suspend() noexcept // the frame goes by itself
        {
            unlink();
            if (--set->running_ == 0) set->ended_.notify();
            return {};
        }
        void return_void() noexcept {}
        void unhandled_exception() noexcept { Loop::current().strayed(std::current_exception()); }
    };
    promise_type* promise;
};

TaskSet::Root TaskSet::run(TaskSet&, Task<void> task) { co_await task; }

void TaskSet::start(Task<void> task)
{
    Root root = run(*this, std::move(task));
    ++running_;
    root.promise->linkBefore(entries_);
    root.promise->start.handle = std::coroutine_handle<Root::promise_type>::from_promise(*root.promise);
    Loop::current().wakeUp(root.promise->start, Wake::ready);
}

void TaskSet::clear() noexcept
{
    while (entries_.linked())
    {
        auto& promise = static_cast<Root::promise_type&>(static_cast<Entry&>(entries_.next()));
        promise.unlink();
        --running_;
        std::coroutine_handle<Root::promise_type>::from_promise(promise).destroy();
    }
}

Signal::Awaiter TaskSet::idle(Until until)
{
    if (running_ == 0)
        ended_.notify();
    else
        ended_.reset();
    return ended_.wait(until);
}

} // namespace switchyard::net
