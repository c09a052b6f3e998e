#include "providers/pump_run.h"

#include "providers/helper_wait.h"
#include "providers/parallel_run.h"
#include "providers/plugin.h"

namespace switchyard::providers
{

namespace
{

uint32_t transportClass(net::ErrorClass kind) noexcept
{
    switch (kind)
    {
    case net::ErrorClass::dns:
        return SWY_TRANSPORT_DNS;
    case net::ErrorClass::connect:
        return SWY_TRANSPORT_CONNECT;
    case net::ErrorClass::tls:
        return SWY_TRANSPORT_TLS;
    case net::ErrorClass::timeout:
        return SWY_TRANSPORT_TIMEOUT;
    case net::ErrorClass::reset:
    case net::ErrorClass::closed:
        return SWY_TRANSPORT_RESET;
    case net::ErrorClass::protocol:
        return SWY_TRANSPORT_PROTOCOL;
    case net::ErrorClass::tooLarge:
        return SWY_TRANSPORT_TOO_LARGE;
    case net::ErrorClass::refusedAddress:
        return SWY_TRANSPORT_REFUSED;
    case net::ErrorClass::unsupported:
        return SWY_TRANSPORT_UNSUPPORTED;
    case net::ErrorClass::cancelled:
        break;
    }
    return SWY_TRANSPORT_OTHER;
}

uint32_t cancelKind(net::CancelReason reason) noexcept
{
    switch (reason)
    {
    case net::CancelReason::quota:
        return SWY_CANCEL_QUOTA_OUT;
    case net::CancelReason::deadline:
        return SWY_CANCEL_DEADLINE;
    case net::CancelReason::shutdown:
        return SWY_CANCEL_SHUTDOWN;
    default:
        return SWY_CANCEL_CLIENT_GONE;
    }
}

/// Whether the request may have reached the provider although no answer came.
bool mayHaveArrived(net::ErrorClass kind) noexcept
{
    return kind == net::ErrorClass::timeout || kind == net::ErrorClass::reset || kind == net::ErrorClass::closed ||
           kind == net::ErrorClass::protocol || kind == net::ErrorClass::tooLarge;
}

} // namespace

PumpRun::PumpRun(PumpContext& context, PumpAttempt& attempt)
    : context_(context), attempt_(attempt), exchange_(attempt.channel, attempt.request, context.limits, attempt.sink),
      totalBy_(context.pool.loop().after(attempt.deadlines.totalMs)),
      firstTokenBy_(context.pool.loop().after(attempt.deadlines.firstTokenMs))
{
    facts_.startedAt = now();
    exchange_.useUrls(&context.urls);
}

net::Task<void> PumpRun::start()
{
    if (attempt_.under && attempt_.under->cancelled())
    {
        stop(attempt_.under->reason());
        co_return;
    }
    if (attempt_.request.body.size() > kLargeEvent)
    {
        auto helped = onHelper(nullptr);
        co_await helped;
    }
    else
        exchange_.start();
    if (settle() == After::flush)
    {
        auto flushing = attempt_.sink.flush();
        const bool there = co_await flushing;
        flushed(there);
    }
}

net::Task<void> PumpRun::proceed()
{
    while (!over())
    {
        while (exchange_.takeAborted())
        {
        } // requests of the last round, closed by now
        if (exchange_.onlyCalls(1))
        {
            auto one = single(exchange_.takeRequest().value()); // the last round left none open
            co_await one;
        }
        else
        {
            auto beside = several(nullptr);
            co_await beside;
        }
    }
}

// The common case is this function: request, head, forward; then one turn of the loop per piece that upstream sends,
// with no call into the plug-in and no memory taken.
net::Task<void> PumpRun::single(OutgoingRequest request)
{
    UpstreamCall call(context_.pool, optionsFor(request), request, context_.limits.maxWhole);
    ++facts_.calls;
    do
    {
        UpstreamCall::News news;
        if (call.readsPieces())
        {
            auto reading = call.http().read();
            auto piece = co_await reading;
            news = call.took(std::move(piece));
        }
        else
        {
            auto waiting = call.next();
            news = co_await waiting;
        }
        if (isLarge(call, news))
        {
            auto helped = onHelper(&call);
            co_await helped;
        }
        else
            tell(call, news);
        const bool early = !committed_;
        if (settle() == After::flush)
        {
            auto flushing = attempt_.sink.flush();
            const bool there = co_await flushing;
            flushed(there);
        }
        if (early && committed_) call.http().setTotal(totalBy_);
        if (over() || !exchange_.isOpen(call.id()))
        {
            facts_.wireBytes += call.http().wireBytes();
            co_return;
        }
    } while (exchange_.onlyCalls(1));
    call.http().setTotal(net::kNever); // a parallel run waits with the deadline itself
    auto beside = several(&call);
    co_await beside;
}

// A coroutine of its own, so that the common case has no room for all this in its frame.
net::Task<void> PumpRun::several(UpstreamCall* first)
{
    ParallelRun beside(*this);
    auto running = beside.run(first);
    co_await running;
}

net::Task<void> PumpRun::onHelper(UpstreamCall* call)
{
    exchange_.useUrls(nullptr);
    HelperWait wait;
    auto job = [this, call, ticket = wait.ticket()]
    {
        if (call)
            exchange_.responseBody(call->id(), call->bytes());
        else
            exchange_.start();
        ticket.done();
    };
    auto running = net::runOn(context_.workers, std::move(job));
    co_await running;
    exchange_.useUrls(&context_.urls);
}

net::Task<void> PumpRun::cancel()
{
    if (!stopped_) co_return;
    exchange_.cancel(cancelKind(why_));
    exchange_.apply();
    auto request = exchange_.takeRequest();
    if (!request) co_return;
    net::CallOptions options = optionsFor(*request);
    options.under = nullptr;
    options.totalBy = context_.pool.loop().after(attempt_.deadlines.cleanupMs);
    UpstreamCall call(context_.pool, options, *request, context_.limits.maxWhole);
    ++facts_.calls;
    auto waiting = call.next();
    co_await waiting; // whatever it says
}

net::Task<void> PumpRun::finish()
{
    if (stopped_ || exchange_.state() != Exchange::State::finished) co_return;
    if (const Failure* failed = attempt_.sink.finish())
    {
        exchange_.failWith(*failed);
        co_return;
    }
    switch (attempt_.sink.tryFlush())
    {
    case AnswerSink::Flushed::done:
        break;
    case AnswerSink::Flushed::gone:
        flushed(false);
        break;
    case AnswerSink::Flushed::wait:
    {
        auto flushing = attempt_.sink.flush();
        const bool there = co_await flushing;
        flushed(there);
    }
    }
    if (!committed_ && attempt_.sink.committed()) facts_.firstTokenAt = now();
}

PumpOutcome PumpRun::outcome()
{
    PumpOutcome outcome;
    outcome.upstream = facts_;
    if (stopped_)
    {
        outcome.cancelReason = why_;
        if (why_ == net::CancelReason::deadline)
            outcome.failure = std::make_unique<Failure>(deadlineFailure());
        else
            outcome.ending = why_ == net::CancelReason::clientGone ? Ending::clientGone : Ending::cancelled;
        return outcome;
    }
    if (exchange_.state() == Exchange::State::finished)
        outcome.ending = Ending::finished;
    else
        outcome.failure = exchange_.takeFailure();
    return outcome;
}

net::CallOptions PumpRun::optionsFor(const OutgoingRequest& request) const
{
    const PumpDeadlines& deadlines = attempt_.deadlines;
    const auto orNever = [](int64_t milliseconds) { return milliseconds < 0 ? net::kNever / 2 : milliseconds; };
    net::CallOptions options;
    options.proxy = attempt_.proxy     ? attempt_.proxy
                    : context_.proxies ? context_.proxies->proxyFor(request.url())
                                       : nullptr;
    options.connectMs = orNever(deadlines.connectMs);
    options.firstByteMs = orNever(deadlines.firstByteMs);
    options.stallMs = orNever(deadlines.stallMs);
    options.totalBy = by();
    options.under = attempt_.under;
    return options;
}

void PumpRun::tell(UpstreamCall& call, UpstreamCall::News news)
{
    const uint64_t id = call.id();
    const bool forwarded = exchange_.forwarding() == id;
    switch (news)
    {
    case UpstreamCall::News::head:
        noteHead(call, call.http().head());
        exchange_.responseHead(id, call.http().head());
        break;
    case UpstreamCall::News::body:
        if (!forwarded) return exchange_.responseBody(id, call.bytes());
        if (const Failure* failed = attempt_.sink.forward(call.bytes())) exchange_.failWith(*failed);
        break;
    case UpstreamCall::News::end:
        if (forwarded)
            exchange_.forwardEnded(nullptr);
        else
            exchange_.responseEnd(id);
        break;
    case UpstreamCall::News::error:
        lost(call);
        break;
    }
    if (exchange_.forwarding() == id) call.inPieces();
}

bool PumpRun::isLarge(const UpstreamCall& call, UpstreamCall::News news) const noexcept
{
    return news == UpstreamCall::News::body && call.bytes().size() > kLargeEvent && exchange_.forwarding() != call.id();
}

void PumpRun::noteHead(const UpstreamCall&, const net::ResponseHead& head)
{
    facts_.status = head.status;
    facts_.sent = true;
    if (facts_.headAt < 0) facts_.headAt = now();
}

void PumpRun::lost(UpstreamCall& call)
{
    const net::NetError& error = call.error();
    facts_.sent = facts_.sent || mayHaveArrived(error.kind);
    if (error.kind == net::ErrorClass::cancelled)
        return stop(attempt_.under ? attempt_.under->reason() : net::CancelReason::clientGone);
    if (error.kind == net::ErrorClass::timeout && error.which == net::Timeout::total) return stopAtDeadline();
    if (exchange_.forwarding() != call.id())
        return exchange_.transportError(call.id(), transportClass(error.kind), error.text);
    Failure broken;
    broken.cause = error.kind == net::ErrorClass::timeout ? Cause::timeout : Cause::upstreamBroken;
    broken.scope = Scope::channel;
    broken.message = error.text;
    exchange_.forwardEnded(&broken);
}

PumpRun::After PumpRun::settle()
{
    if (stopped_) return After::goOn;
    exchange_.apply();
    AnswerSink& sink = attempt_.sink;
    if (!committed_ && sink.committed())
    {
        committed_ = true;
        facts_.firstTokenAt = now();
    }
    if (!sink.pending())
    {
        exchange_.flushed();
        return After::goOn;
    }
    if (exchange_.state() == Exchange::State::finished) return After::goOn; // goes out with the end of the answer
    switch (sink.tryFlush())
    {
    case AnswerSink::Flushed::done:
        flushed(true);
        return After::goOn;
    case AnswerSink::Flushed::gone:
        flushed(false);
        return After::goOn;
    case AnswerSink::Flushed::wait:
        break;
    }
    return After::flush;
}

void PumpRun::flushed(bool clientThere)
{
    exchange_.flushed();
    if (clientThere) return;
    const net::Cancellation* under = attempt_.under;
    stop(under && under->cancelled() ? under->reason() : attempt_.sink.goneBecause());
}

void PumpRun::stop(net::CancelReason reason) noexcept
{
    if (stopped_) return;
    stopped_ = true;
    why_ = reason;
}

Failure PumpRun::deadlineFailure() const
{
    Failure late;
    late.cause = Cause::timeout;
    late.scope = Scope::model;
    late.message = committed_
                       ? "the answer took longer than " + std::to_string(attempt_.deadlines.totalMs) + " ms in all"
                       : "no content came within " + std::to_string(now() - facts_.startedAt) + " ms";
    return late;
}

} // namespace switchyard::providers
