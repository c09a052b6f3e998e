#include "providers/parallel_run.h"

#include <algorithm>

namespace switchyard::providers
{

net::Task<void> ParallelRun::run(UpstreamCall* first)
{
    if (first) add(nullptr, first);
    for (;;)
    {
        takeOrders();
        if (pump_.over()) break;
        if (!flushing_ && pump_.exchange_.tellRefusal())
        {
            settle(nullptr);
            continue;
        }
        if (!flushing_ && !held_.empty())
        {
            Message message = std::move(held_.front());
            held_.pop_front();
            auto taking = take(std::move(message));
            co_await taking;
            continue;
        }
        if (auto message = box_.pop())
        {
            if (mustWait(*message))
            {
                held_.push_back(std::move(*message));
                continue;
            }
            auto taking = take(std::move(*message));
            co_await taking;
            continue;
        }
        const net::Until until{pump_.by(), pump_.attempt_.under};
        auto arriving = box_.arrived(until);
        const net::Wake wake = co_await arriving;
        if (wake == net::Wake::timeout) pump_.stopAtDeadline();
        if (wake == net::Wake::cancelled) pump_.stop(pump_.attempt_.under->reason());
    }
    for (const FeedPtr& feed : feeds_)
        pump_.facts_.wireBytes += feed->call->http().wireBytes();
    if (flushing_ && !pump_.stopped_)
    {
        // The exchange ended while the client was slow: let what is under way go out before anything follows.
        auto idle = flusher_.idle({net::kNever, pump_.attempt_.under});
        co_await idle;
        pump_.exchange_.flushed();
    }
}

net::Task<void> ParallelRun::feedFrom(ParallelRun& run, Feed& feed)
{
    for (;;)
    {
        auto waiting = feed.call->next();
        feed.news = co_await waiting;
        const auto self =
            std::find_if(run.feeds_.begin(), run.feeds_.end(), [&feed](const FeedPtr& f) { return f.get() == &feed; });
        run.box_.push({*self});
        if (feed.news == UpstreamCall::News::end || feed.news == UpstreamCall::News::error) co_return;
        auto telling = feed.told.wait();
        co_await telling;
    }
}

net::Task<void> ParallelRun::flushFor(ParallelRun& run)
{
    auto flushing = run.pump_.attempt_.sink.flush();
    const bool there = co_await flushing;
    run.box_.push({nullptr, 0, true, there});
}

net::Task<void> ParallelRun::take(Message message)
{
    if (message.flushEnded)
    {
        flushing_ = false;
        pump_.flushed(message.clientThere);
        message.feed = std::exchange(served_, nullptr);
    }
    else if (!message.feed)
    {
        std::erase_if(timers_, [&message](const auto& timer) { return timer->id() == message.timer; });
        pump_.exchange_.timer(message.timer);
    }
    else if (!message.feed->gone)
    {
        Feed& feed = *message.feed;
        if (pump_.isLarge(*feed.call, feed.news))
        {
            auto helped = pump_.onHelper(feed.call);
            co_await helped;
        }
        else
            pump_.tell(*feed.call, feed.news);
        if (feed.news == UpstreamCall::News::end || feed.news == UpstreamCall::News::error) remove(feed);
    }
    settle(std::move(message.feed));
}

void ParallelRun::add(std::unique_ptr<UpstreamCall> owned, UpstreamCall* call)
{
    auto feed = std::make_shared<Feed>();
    feed->call = owned ? owned.get() : call;
    feed->owned = std::move(owned);
    feeds_.push_back(feed);
    feed->task.start(feedFrom(*this, *feed));
}

void ParallelRun::takeOrders()
{
    Exchange& exchange = pump_.exchange_;
    while (const uint64_t aborted = exchange.takeAborted())
        if (const auto found = std::find_if(feeds_.begin(), feeds_.end(),
                                            [aborted](const FeedPtr& feed) { return feed->call->id() == aborted; });
            found != feeds_.end())
            remove(**found);
    while (const auto timer = exchange.takeTimer())
        order(*timer);
    while (auto request = exchange.takeRequest())
    {
        net::CallOptions options = pump_.optionsFor(*request);
        options.totalBy = net::kNever; // this run waits with the deadline itself
        ++pump_.facts_.calls;
        add(std::make_unique<UpstreamCall>(pump_.context_.pool, options, *request, pump_.context_.limits.maxWhole),
            nullptr);
    }
}

void ParallelRun::order(const Exchange::TimerOrder& order)
{
    std::erase_if(timers_, [&order](const auto& timer) { return timer->id() == order.id; });
    if (order.delay < 0) return;
    net::Loop& loop = pump_.context_.pool.loop();
    timers_.push_back(std::make_unique<Timer>(*this, order.id));
    timers_.back()->set(loop.deadlines(), loop.after(order.delay));
}

// While a flush is under way the sink is left alone: what events hand over meanwhile waits in the exchange.
void ParallelRun::settle(FeedPtr feed)
{
    if (!flushing_ && pump_.settle() == PumpRun::After::flush)
    {
        flushing_ = true;
        served_ = std::move(feed);
        flusher_.start(flushFor(*this));
    }
    else if (feed && !feed->gone)
        feed->told.notify();
}

void ParallelRun::remove(Feed& feed)
{
    feed.gone = true;
    feed.task.clear();
    pump_.facts_.wireBytes += feed.call->http().wireBytes();
    std::erase_if(feeds_, [&feed](const FeedPtr& f) { return f.get() == &feed; });
}

bool ParallelRun::mustWait(const Message& message) const noexcept
{
    return flushing_ && message.feed &&
           (message.feed->news == UpstreamCall::News::body || pump_.exchange_.forwarding() == message.feed->call->id());
}

} // namespace switchyard::providers
