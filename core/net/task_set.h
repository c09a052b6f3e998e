// TaskSet: tasks that run beside each other and are owned in one place.
#pragma once

#include "net/signal.h"
#include "net/task.h"
#include "net/waiter.h"

#include <cstddef>

namespace switchyard::net
{

/// Runs tasks concurrently. Destroying the set destroys what still runs (must not happen from inside one of them).
///
///     TaskSet children;
///     children.start(fetch(a));
///     children.start(fetch(b));
///     auto joining = children.idle({deadline, &cancellation});
///     auto woken = co_await joining;      // ready: all have ended
///
/// [one thread]
class TaskSet
{
public:
    TaskSet() = default;
    TaskSet(const TaskSet&) = delete;
    TaskSet& operator=(const TaskSet&) = delete;
    ~TaskSet() { clear(); }

    /// Starts `task` in this turn of the loop (not inside this call). An exception that leaves it leaves Loop::run().
    void start(Task<void> task);
    size_t running() const noexcept { return running_; }
    /// Destroys all tasks.
    void clear() noexcept;
    /// Waits until none is left; one waiter.
    Signal::Awaiter idle(Until until = {});

private:
    struct Root;
    struct Entry;
    static Root run(TaskSet& set, Task<void> task);

    Link entries_;
    size_t running_ = 0;
    Signal ended_;
};

} // namespace switchyard::net
