// The part of a pump for exchanges that wait for more than one thing: several requests, timers, refusals.
#pragma once

#include "net/deadlines.h"
#include "net/signal.h"
#include "net/task_set.h"
#include "providers/pump_run.h"

#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

namespace switchyard::providers
{

/// Each request has a child task that brings one piece of news at a time and waits until it was told; timers and the
/// end of a flush come through the same mailbox. While the client takes nothing, bodies wait; timers, ends and errors
/// do not. [the loop's thread]
class ParallelRun
{
public:
    explicit ParallelRun(PumpRun& pump) : pump_(pump) {}
    ParallelRun(const ParallelRun&) = delete;
    ParallelRun& operator=(const ParallelRun&) = delete;

    /// Until the exchange is over. `first`: a request that is under way, or null; outlives the call.
    net::Task<void> run(UpstreamCall* first);

private:
    /// A request and its child task.
    struct Feed
    {
        std::unique_ptr<UpstreamCall> owned;
        UpstreamCall* call = nullptr;
        UpstreamCall::News news = UpstreamCall::News::head;
        net::Signal told;
        bool gone = false; // aborted or over: news that lies in the mailbox is void
        net::TaskSet task; // last: destroyed first
    };
    using FeedPtr = std::shared_ptr<Feed>;
    struct Message
    {
        FeedPtr feed; // null: a timer, or with timer 0 and `flushEnded` the flush
        uint64_t timer = 0;
        bool flushEnded = false;
        bool clientThere = false;
    };
    class Timer final : public net::Timed
    {
    public:
        Timer(ParallelRun& run, uint64_t id) : run_(run), id_(id) {}
        uint64_t id() const noexcept { return id_; }

    private:
        void expired() noexcept override { run_.box_.push({nullptr, id_}); }
        ParallelRun& run_;
        uint64_t id_;
    };

    static net::Task<void> feedFrom(ParallelRun& run, Feed& feed);
    static net::Task<void> flushFor(ParallelRun& run);
    net::Task<void> take(Message message);

    void add(std::unique_ptr<UpstreamCall> owned, UpstreamCall* call);
    void takeOrders();
    void order(const Exchange::TimerOrder& order);
    void settle(FeedPtr feed);
    void remove(Feed& feed);
    bool mustWait(const Message& message) const noexcept;

    PumpRun& pump_;
    net::Mailbox<Message> box_;
    std::deque<Message> held_; // bodies that wait for the flush
    FeedPtr served_;           // whose bytes the flush sends: it brings no more before the flush has ended
    std::vector<std::unique_ptr<Timer>> timers_;
    std::vector<FeedPtr> feeds_;
    bool flushing_ = false;
    net::TaskSet flusher_; // last: destroyed first
};

} // namespace switchyard::providers
