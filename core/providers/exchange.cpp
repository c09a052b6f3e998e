#include "providers/exchange.h"

#include "base/clock.h"
#include "base/secret.h"
#include "providers/abi_view.h"
#include "providers/exchange_actions.h"
#include "providers/plugin.h"
#include "providers/small_array.h"

#include <algorithm>
#include <ctime>

namespace switchyard::providers
{

namespace
{

constexpr int64_t kSlowEventMicros = 20'000;
constexpr size_t kUsualHeaders = 32;

// The coarse clock steps every few milliseconds, which is fine enough to notice 20 of them and costs a quarter.
int64_t coarseMicros() noexcept
{
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1000;
}

} // namespace

Exchange::Exchange(ChannelObjectPtr channel, const ExchangeRequest& request, const ExchangeLimits& limits,
                   AnswerSink& sink)
    : actions_(actionsFor(*this)), channel_(std::move(channel)), request_(request), limits_(limits), sink_(sink)
{
    randomBytes(random_);
}

Exchange::~Exchange()
{
    if (handle_) channel_->provider().table().exchange_destroy(handle_);
}

// ---- Events

void Exchange::start()
{
    const swy_provider_t& table = channel_->provider().table();
    handle_ = table.exchange_create(&table, channel_->handle(), &actions_);
    started_ = true;
    if (!handle_)
    {
        Failure none;
        none.scope = Scope::request;
        none.message = "provider '" + channel_->provider().id() + "' could not begin an exchange: out of memory";
        return failWith(std::move(none));
    }
    swy_start_t start{};
    start.struct_size = sizeof(start);
    start.flags = (request_.stream ? SWY_START_STREAM : 0) | (request_.wantsUsage ? SWY_START_WANTS_USAGE : 0);
    start.operation = borrow(request_.operation);
    start.dialect = borrow(request_.dialect);
    start.model = borrow(request_.model);
    start.requested_model = borrow(request_.requestedModel);
    start.body = borrow(request_.body);
    start.members = request_.members.data();
    start.parts = request_.parts.data();
    start.headers = request_.headers.data();
    start.member_count = static_cast<uint32_t>(request_.members.size());
    start.part_count = static_cast<uint32_t>(request_.parts.size());
    start.header_count = static_cast<uint32_t>(request_.headers.size());
    start.attempt = request_.attempt;
    start.method = borrow(request_.method);
    start.target = borrow(request_.target);
    start.content_type = borrow(request_.contentType);
    start.request_id = borrow(request_.requestId);
    start.random = random_.data();
    start.max_output_per_event = limits_.maxOutputPerEvent;
    start.max_parallel = limits_.maxParallel;
    start.credential_name = borrow(request_.credentialName);
    tell(SWY_EVENT_START, 0, &start);
    checkOutstanding();
}

void Exchange::responseHead(uint64_t id, const net::ResponseHead& head)
{
    Call* call = find(id);
    if (!call || ended()) return;
    call->phase = Phase::answered;
    call->head = &head;
    SmallArray<swy_header_t, kUsualHeaders> headers(head.headers.size());
    for (size_t i = 0; i < headers.size(); ++i)
        headers[i] = {borrow(head.headers.all()[i].name), borrow(head.headers.all()[i].value)};
    const swy_response_head_t payload{sizeof(payload), static_cast<uint32_t>(head.status), headers.data(),
                                      static_cast<uint32_t>(headers.size()), 0};
    tell(SWY_EVENT_RESPONSE_HEAD, id, &payload);
    checkOutstanding();
}

void Exchange::responseBody(uint64_t id, std::string_view bytes)
{
    Call* call = find(id);
    if (!call || ended()) return;
    if (call->whole)
        call->wholeBody = bytes;
    else
        keep(*call, bytes);
    const swy_bytes_t payload{sizeof(payload), 0, borrow(bytes)};
    tell(SWY_EVENT_RESPONSE_BODY, id, &payload);
    checkOutstanding();
}

void Exchange::responseEnd(uint64_t id)
{
    if (!find(id) || ended()) return;
    tell(SWY_EVENT_RESPONSE_END, id, nullptr);
    if (forwarding_ == id)
        forward_->bodyEnded = true;
    else
        drop(id);
    checkOutstanding();
}

void Exchange::transportError(uint64_t id, uint32_t errorClass, std::string_view text)
{
    if (!find(id) || ended()) return;
    drop(id); // first: what is broken cannot be forwarded
    const swy_transport_error_t payload{sizeof(payload), errorClass, borrow(text)};
    tell(SWY_EVENT_TRANSPORT_ERROR, id, &payload);
    checkOutstanding();
}

void Exchange::timer(uint64_t id)
{
    if (ended() || std::find(timers_.begin(), timers_.end(), id) == timers_.end()) return;
    removeTimer(id);
    tell(SWY_EVENT_TIMER, id, nullptr);
    checkOutstanding();
}

void Exchange::cancel(uint32_t why)
{
    if (ended()) return;
    endWith(State::cancelled);
    if (!started_) return;
    const swy_cancel_t payload{sizeof(payload), why};
    tell(SWY_EVENT_CANCEL, 0, &payload);
}

bool Exchange::tellRefusal()
{
    if (ended() || refusals_.empty()) return false;
    const Refusal refusal = std::move(refusals_.front());
    refusals_.erase(refusals_.begin());
    const swy_transport_error_t error{sizeof(error), refusal.why, borrow(refusal.text)};
    swy_credential_t credential{};
    credential.struct_size = sizeof(credential);
    credential.cause = refusal.why;
    credential.message = borrow(refusal.text);
    swy_media_t media{};
    media.struct_size = sizeof(media);
    media.cause = refusal.why;
    media.message = borrow(refusal.text);
    switch (refusal.event)
    {
    case SWY_EVENT_CREDENTIAL:
        tell(refusal.event, refusal.id, &credential);
        break;
    case SWY_EVENT_MEDIA:
        tell(refusal.event, refusal.id, &media);
        break;
    default:
        tell(refusal.event, refusal.id, &error);
        break;
    }
    checkOutstanding();
    return true;
}

TapVerdict Exchange::tap(uint32_t needle, std::string_view frame, std::string_view data)
{
    if (ended()) return TapVerdict::failed;
    verdict_ = TapVerdict::pass;
    const swy_tap_t payload{sizeof(payload), needle, borrow(frame), borrow(data)};
    tell(SWY_EVENT_TAP, forwarding_, &payload);
    // Usage is to arrive before this returns; other outputs do not go together with a forward.
    log_.replay(sink_);
    log_.clear();
    return ended() ? TapVerdict::failed : verdict_;
}

void Exchange::tell(uint32_t kind, uint64_t id, const void* payload)
{
    const Provider& provider = channel_->provider();
    const swy_event_t event{sizeof(event), kind, id, unixMillis(), payload};
    outputOfEvent_ = 0;
    eventKind_ = kind;
    const int64_t before = coarseMicros();
    provider.table().event(handle_, &event);
    const int64_t took = coarseMicros() - before;
    eventKind_ = 0;
    if (took >= kSlowEventMicros) provider.plugin().tooSlow(provider.id(), kind, took);
}

void Exchange::checkOutstanding()
{
    if (ended() || forward_ || !calls_.empty() || !refusals_.empty() || !timers_.empty()) return;
    const Provider& provider = channel_->provider();
    provider.plugin().complain(provider.id(), "an event left nothing outstanding and did not finish");
    Failure fault;
    fault.scope = Scope::model;
    fault.message = "provider '" + provider.id() + "' neither finished nor waits for anything";
    failWith(std::move(fault));
}

// ---- What it asks for

void Exchange::apply()
{
    if (state_ == State::cancelled) // usage alone; what came before it may still lie in applied_
    {
        log_.replay(sink_);
        return log_.clear();
    }
    if (!log_.empty())
    {
        std::swap(log_, applied_);
        if (const Failure* failed = applied_.replay(sink_)) return failWith(*failed);
    }
    if (forward_ && !forward_->begun && !ended()) beginForward();
}

void Exchange::beginForward()
{
    forward_->begun = true;
    const Call& call = *find(forwarding_);
    const auto& given = call.head->headers.all();
    SmallArray<HeaderView, kUsualHeaders> headers(given.size());
    for (size_t i = 0; i < headers.size(); ++i)
        headers[i] = {given[i].name, given[i].value};
    ForwardPlan plan;
    plan.flags = forward_->flags;
    plan.dialect = forward_->dialect;
    plan.needles = forward_->needles;
    plan.status = call.head->status;
    plan.headers = {headers.data(), headers.size()};
    if (const Failure* failed = sink_.forwardBegin(plan, *this)) return failWith(*failed);
    const std::string_view kept = call.whole ? call.wholeBody : forward_->kept ? *forward_->kept : std::string_view();
    if (!kept.empty())
        if (const Failure* failed = sink_.forward(kept)) return failWith(*failed);
    if (forward_->bodyEnded && !ended()) forwardEnded(nullptr);
}

void Exchange::forwardEnded(const Failure* broken)
{
    if (ended()) return;
    const Failure* said = sink_.forwardEnd(broken == nullptr);
    if (ended()) return; // by a tap
    if (!said)
        return endWith(State::finished); // also when the connection broke behind an answer that is whole by itself
    Failure why = *said;
    if (broken)
    {
        why.cause = broken->cause;
        why.message = broken->message;
    }
    failWith(std::move(why));
}

void Exchange::flushed() noexcept
{
    applied_.clear();
    if (forward_ && forward_->begun) forward_->kept.reset();
}

std::optional<OutgoingRequest> Exchange::takeRequest()
{
    if (requests_.empty() || open() >= std::max<uint32_t>(limits_.maxParallel, 1)) return std::nullopt;
    std::optional<OutgoingRequest> next(std::move(requests_.front()));
    requests_.erase(requests_.begin());
    if (requests_.empty()) decltype(requests_)().swap(requests_); // most exchanges ask once
    if (Call* call = find(next->id())) call->phase = Phase::open;
    return next;
}

uint64_t Exchange::takeAborted() noexcept
{
    if (aborted_.empty()) return 0;
    const uint64_t id = aborted_.back();
    aborted_.pop_back();
    return id;
}

std::optional<Exchange::TimerOrder> Exchange::takeTimer() noexcept
{
    if (timerOrders_.empty()) return std::nullopt;
    const TimerOrder order = timerOrders_.front();
    timerOrders_.erase(timerOrders_.begin());
    return order;
}

bool Exchange::isOpen(uint64_t id) const noexcept
{
    const Call* call = find(id);
    return call && call->phase != Phase::waiting;
}

void Exchange::failWith(Failure failure)
{
    if (state_ == State::failed || state_ == State::cancelled) return;
    failure_ = std::make_unique<Failure>(std::move(failure));
    endWith(State::failed);
}

// ---- Book-keeping

void Exchange::endWith(State state) noexcept
{
    state_ = state;
    requests_.clear();
    aborted_.clear();
    timers_.clear();
    timerOrders_.clear();
    refusals_.clear();
    // A forward that ended in the midst of the sink's work is still referred to by it; and its call by the forward.
    if (!forward_) calls_.clear();
}

void Exchange::keep(Call& call, std::string_view bytes)
{
    if (!call.keptAll || mode_ != Mode::none) return;
    if (!call.kept) call.kept = std::make_unique<std::string>();
    if (call.kept->size() + bytes.size() <= limits_.maxKept)
    {
        call.kept->append(bytes);
        return;
    }
    call.keptAll = false;
    call.kept.reset();
}

void Exchange::handedOver(Mode mode) noexcept
{
    if (mode_ == Mode::none)
        for (Call& call : calls_)
            if (call.id != forwarding_)
            {
                call.keptAll = false;
                call.kept.reset();
            }
    mode_ = mode;
}

Exchange::Call* Exchange::find(uint64_t id) noexcept
{
    const auto found = std::find_if(calls_.begin(), calls_.end(), [id](const Call& call) { return call.id == id; });
    return found == calls_.end() ? nullptr : &*found;
}

void Exchange::drop(uint64_t id) noexcept
{
    std::erase_if(calls_, [id](const Call& call) { return call.id == id; });
}

void Exchange::removeTimer(uint64_t id) noexcept { std::erase(timers_, id); }

bool Exchange::inUse(uint64_t id) const noexcept
{
    return find(id) ||
           std::any_of(refusals_.begin(), refusals_.end(), [id](const Refusal& refusal) { return refusal.id == id; });
}

size_t Exchange::open() const noexcept
{
    return static_cast<size_t>(
        std::count_if(calls_.begin(), calls_.end(), [](const Call& call) { return call.phase != Phase::waiting; }));
}

} // namespace switchyard::providers
