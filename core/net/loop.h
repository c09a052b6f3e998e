// Loop: one thread's epoll, its coroutines, its deadlines and its inbox.
#pragma once

#include "net/buffers.h"
#include "net/deadlines.h"
#include "net/task.h"
#include "net/task_set.h"
#include "net/waiter.h"

#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <sys/epoll.h>
#include <vector>

namespace switchyard::net
{

/// Anything that epoll reports on; registered once, edge-triggered.
class Watched
{
public:
    /// `events` as epoll gives them. May destroy this. Called from the loop, never from inside a coroutine.
    virtual void happened(uint32_t events) noexcept = 0;

protected:
    ~Watched() = default;
};

/// A place in the list of those that are served once more at the end of a turn.
struct Kick : Link
{
    explicit Kick(Watched& w) noexcept : watched(w) {}
    Watched& watched;
};

/// The letter box of a loop: may outlive it, then what is posted is dropped. [any thread]
class Inbox
{
public:
    Inbox();
    ~Inbox();
    Inbox(const Inbox&) = delete;
    Inbox& operator=(const Inbox&) = delete;

    void post(std::function<void()> job);

private:
    friend class Loop;
    std::vector<std::function<void()>> take();
    void close();

    std::mutex mutex_;
    std::vector<std::function<void()>> jobs_;
    int event_ = -1;
    bool closed_ = false;
};

/// An event loop. Made and run by one thread; what lives on it is touched by that thread alone, except post(), stop()
/// and inbox(). Several loops in one process know nothing of each other.
class Loop final : private Watched
{
public:
    Loop();
    ~Loop(); ///< destroys the tasks that still run
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;

    /// Runs until stop(). An exception that leaves a spawned task leaves run(): nobody else could handle it.
    void run();
    /// Runs until `done` holds (asked after each turn) or `milliseconds` have passed; whether it held. For tests and
    /// tools.
    bool runUntil(const std::function<bool()>& done, int64_t milliseconds);
    /// Lets run() return after its turn. [any thread, signal handlers excepted]
    void stop();
    /// Runs `job` on this loop's thread. [any thread]
    void post(std::function<void()> job) { inbox_->post(std::move(job)); }
    std::shared_ptr<Inbox> inbox() const { return inbox_; }

    /// Starts a task that the loop owns until it is done. It first runs in this turn of the loop, after the caller
    /// waits.
    void spawn(Task<void> task) { tasks_.start(std::move(task)); }
    /// Destroys all spawned tasks, before what they use goes. Not from inside one of them.
    void cancelTasks() noexcept { tasks_.clear(); }
    /// How many spawned tasks still run.
    size_t tasks() const noexcept { return tasks_.running(); }

    /// Monotonic milliseconds, read once per wake-up.
    int64_t now() const noexcept { return now_; }
    /// A deadline `milliseconds` from now; kNever for a negative number.
    int64_t after(int64_t milliseconds) const noexcept { return milliseconds < 0 ? kNever : now_ + milliseconds; }

    Deadlines& deadlines() noexcept { return deadlines_; }
    BufferPool& buffers() noexcept { return buffers_; }

    /// The loop of this thread (the last one made on it).
    static Loop& current() noexcept;

    // For awaiters and watched things.

    /// Lets the coroutine go on in this turn of the loop. A waiter that was woken already keeps its first reason.
    void wakeUp(Waiter& waiter, Wake why) noexcept
    {
        if (waiter.wake != Wake::none) return;
        waiter.unlink();
        waiter.wake = why;
        waiter.linkBefore(ready_);
    }
    /// Has its happened(0) called after all that has come by now was served: for those that always find data. Must
    /// unlink itself when it dies.
    void serveLater(Kick& kick) noexcept
    {
        if (!kick.linked()) kick.linkBefore(later_);
    }
    /// An exception has left a task that nobody awaits: it leaves run() after this turn.
    void strayed(std::exception_ptr thrown) noexcept;
    /// Errno of epoll_ctl, or 0.
    int watch(int fd, uint32_t events, Watched& watched) noexcept;
    /// Before the descriptor is closed: no event of it is served any more, not even from the current batch. (Closing
    /// alone is not enough while another process or a duplicate holds the same socket.)
    void unwatch(int fd, const Watched& watched) noexcept;

private:
    void happened(uint32_t events) noexcept override; // the inbox
    void turn(int64_t longest);
    void resumeReady();
    void runPosted();

    int epoll_;
    std::shared_ptr<Inbox> inbox_;
    int64_t now_;
    Deadlines deadlines_;
    BufferPool buffers_;
    Link ready_;
    Link later_;
    std::vector<epoll_event> batch_;
    size_t batchEnd_ = 0;
    std::exception_ptr stray_;
    bool mail_ = false;
    bool stopping_ = false;
    TaskSet tasks_; // last: its tasks withdraw from the members above
};

} // namespace switchyard::net
