#include "relay/delivery.h"

#include "base/clock.h"
#include "base/secret.h"
#include "base/text.h"
#include "relay/answer_headers.h"
#include "relay/error_render.h"
#include "switchyard/provider.h"

#include <algorithm>
#include <array>

namespace switchyard::relay
{

namespace
{

bool hasType(std::string_view lines)
{
    return lines.starts_with("content-type: ") || lines.find("\r\ncontent-type: ") != std::string_view::npos;
}

bool isJsonOperation(std::string_view operation)
{
    return operation != SWY_OP_SPEECH && operation != SWY_OP_PROXY;
}

} // namespace

Delivery::Delivery(Client& client, const AnswerRequest& request, AnswerAccount* account, std::function<void()> onForwarded)
    : client_(client), request_(request), account_(account), onForwarded_(std::move(onForwarded))
{
}

const providers::Failure* Delivery::broken(std::string_view why)
{
    failure_ = std::make_unique<providers::Failure>();
    failure_->cause = providers::Cause::internal;
    failure_->scope = providers::Scope::channel;
    failure_->message = why;
    return failure_.get();
}

bool Delivery::committed() const
{
    if (forwarder_) return forwarder_->observed().committed;
    if (renderer_) return renderer_->committed();
    return emittedAny_;
}

void Delivery::noteCommit()
{
    if (committedAt_ != 0 || !committed()) return;
    committedAt_ = steadyMillis();
    if (account_) account_->committed();
    if (forwarder_ && request_.stream && onForwarded_) onForwarded_();
}

const providers::Failure* Delivery::forwardBegin(const providers::ForwardPlan& plan, providers::TapPort& taps)
{
    if (form_ != Form::unknown) return broken("the plug-in forwards an answer of which it has made a part itself");
    form_ = Form::forwarded;
    ForwardRequest forward;
    forward.operation = request_.operation;
    forward.stream = request_.stream;
    forward.requestedModel = request_.requestedModel;
    if (account_ && account_->wantsTexts()) forward.texts = this;
    forwarder_ = makeForwarder(forward, plan, taps);
    status_ = plan.status;
    if (!request_.stream) appendAllowedHeaders(headers_, plan.headers, true);
    return nullptr;
}

const providers::Failure* Delivery::forward(std::string_view bytes)
{
    const providers::Failure* failed = forwarder_->feed(bytes, out_);
    noteCommit();
    return failed;
}

const providers::Failure* Delivery::forwardEnd(bool complete)
{
    const providers::Failure* failed = forwarder_->end(complete, out_);
    noteCommit();
    return failed;
}

const providers::Failure* Delivery::delta(const providers::Delta& piece)
{
    if (form_ != Form::unknown && form_ != Form::rendered)
        return broken("the plug-in mixes deltas with forward or emit in one answer");
    if (!renderer_)
    {
        form_ = Form::rendered;
        id_ = (request_.operation == SWY_OP_COMPLETIONS ? "cmpl-" : "chatcmpl-") + randomAlphanumeric(29);
        AnswerForm form;
        form.operation = request_.operation;
        form.id = id_;
        form.created = unixMillis() / 1000;
        form.model = request_.requestedModel;
        form.stream = request_.stream;
        form.wantsUsage = request_.wantsUsage;
        renderer_ = makeOpenAiRenderer(form);
    }
    if (account_ && account_->wantsTexts()) tellDelta(piece);
    renderer_->delta(piece, out_);
    noteCommit();
    return nullptr;
}

void Delivery::tellDelta(const providers::Delta& piece)
{
    switch (piece.kind)
    {
    case SWY_DELTA_TOOL_BEGIN: onText(piece.name); [[fallthrough]];
    case SWY_DELTA_TEXT:
    case SWY_DELTA_THINKING:
    case SWY_DELTA_REFUSAL:
    case SWY_DELTA_TOOL_ARGUMENTS: onText(piece.text); break;
    default: break;
    }
}

const providers::Failure* Delivery::answerHead(int status, std::span<const providers::HeaderView> headers)
{
    if (form_ != Form::unknown) return broken("the plug-in gives a head to an answer that has begun");
    form_ = Form::emitted;
    status_ = status;
    appendAllowedHeaders(headers_, headers, true);
    return nullptr;
}

const providers::Failure* Delivery::emit(std::string_view bytes)
{
    if (form_ != Form::unknown && form_ != Form::emitted)
        return broken("the plug-in mixes emit with forward or deltas in one answer");
    form_ = Form::emitted;
    if (bytes.empty()) return nullptr;
    emittedAny_ = true;
    out_.copy(bytes);
    out_.endFrame();
    noteCommit();
    return nullptr;
}

void Delivery::usage(std::span<const providers::Count> counts, bool final)
{
    struct Slot
    {
        std::string_view unit;
        int64_t Usage::*count;
    };
    static constexpr Slot kSlots[] = {
        {SWY_UNIT_INPUT, &Usage::input},           {SWY_UNIT_OUTPUT, &Usage::output},
        {SWY_UNIT_CACHED, &Usage::cached},         {SWY_UNIT_CACHE_WRITE, &Usage::cacheWrite},
        {SWY_UNIT_REASONING, &Usage::reasoning},   {SWY_UNIT_AUDIO_INPUT, &Usage::audioInput},
        {SWY_UNIT_AUDIO_OUTPUT, &Usage::audioOutput},
    };
    for (const providers::Count& count : counts)
        for (const Slot& slot : kSlots)
            if (slot.unit == count.unit) reported_.*slot.count = count.amount;
    reported_.reported = true;
    reported_.final = reported_.final || final;
}

Usage Delivery::usageSeen() const
{
    if (reported_.reported || !forwarder_) return reported_;
    return forwarder_->observed().usage;
}

std::string_view Delivery::finishReason() const
{
    if (forwarder_) return forwarder_->observed().finish;
    if (renderer_) return renderer_->finishReason();
    return {};
}

std::string_view Delivery::upstreamId() const
{
    return forwarder_ ? std::string_view(forwarder_->observed().upstreamId) : std::string_view();
}

const providers::Failure* Delivery::finish()
{
    if (form_ == Form::unknown) return broken("the plug-in finished without an answer");
    if (renderer_) renderer_->finish(reported_, out_);
    noteCommit();
    ended_ = true;
    return nullptr;
}

void Delivery::begin()
{
    if (request_.stream && (form_ != Form::emitted || !hasType(headers_)))
        headers_ = kStreamHeaders;
    else if (!hasType(headers_))
        headers_ += isJsonOperation(request_.operation) ? "content-type: application/json\r\n"
                                                        : "content-type: application/octet-stream\r\n";
    if (request_.stream && form_ != Form::emitted)
        client_.beginLines(200, headers_, net::Framing::chunked);
    else if (ended_)
        client_.beginLines(status_, headers_, net::Framing::length, static_cast<int64_t>(out_.size()));
    else
        client_.beginLines(status_, headers_, net::Framing::chunked);
    headers_ = std::string();
}

net::Task<bool> Delivery::flush()
{
    if (!pending()) co_return true;
    if (client_.status() == 0) begin();
    do
    {
        std::array<iovec, net::ServerConnection::kMaxPieces> room;
        const size_t count = out_.fill(room, account_ && account_->nearItsEnd() ? out_.firstFrameSize() : out_.size());
        std::array<std::string_view, net::ServerConnection::kMaxPieces> pieces;
        size_t bytes = 0;
        for (size_t i = 0; i < count; ++i)
        {
            pieces[i] = {static_cast<const char*>(room[i].iov_base), room[i].iov_len};
            bytes += room[i].iov_len;
        }
        const bool last = ended_ && bytes == out_.size();
        if (last && account_)
        {
            auto settling = account_->closing(); // no client sees the end of what could still be lost
            co_await settling;
        }
        const auto more = last ? net::ServerConnection::More::no : net::ServerConnection::More::yes;
        auto sending = client_.connection().send(std::span(pieces.data(), count), more);
        const net::Io sent = co_await sending;
        if (sent != net::Io::done) co_return false;
        out_.consume(bytes);
        closed_ = last;
        if (account_ && !last && !account_->delivered(out_.framesDelivered()))
        {
            atLimit_ = true;
            co_return false;
        }
    } while (!out_.empty());
    co_return true;
}

net::Task<bool> Delivery::endAtLimit()
{
    if (!request_.stream || closed_) co_return false;
    out_.clear(); // what waits has not been paid
    const bool legacy = request_.operation == SWY_OP_COMPLETIONS;
    std::string frame = R"(data: {"id":)";
    const std::string_view id = upstreamId();
    appendJsonQuoted(frame, id.empty() ? std::string_view(id_) : id);
    frame.append(legacy ? R"(,"object":"text_completion","created":)" : R"(,"object":"chat.completion.chunk","created":)");
    frame.append(std::to_string(unixMillis() / 1000)).append(R"(,"model":)");
    appendJsonQuoted(frame, request_.requestedModel);
    frame.append(legacy ? R"(,"choices":[{"index":0,"text":"","logprobs":null,"finish_reason":"length"}]})"
                        : R"(,"choices":[{"index":0,"delta":{},"logprobs":null,"finish_reason":"length"}]})");
    out_.own(frame += "\n\ndata: [DONE]\n\n");
    out_.endFrame();
    ended_ = true;
    auto flushing = flush();
    const bool sent = co_await flushing;
    co_return sent;
}

net::Task<bool> Delivery::endWithError(ApiError error)
{
    if (request_.stream)
    {
        if (!errorWasPassed())
        {
            out_.own(errorFrame(error, client_.requestId()));
            out_.endFrame();
        }
        ended_ = true;
        auto flushing = flush();
        const bool sent = co_await flushing;
        co_return sent;
    }
    // A unary answer that broke after its head: the only honest end is one that the client sees as broken.
    client_.connection().closeAfter();
    co_return false;
}

} // namespace switchyard::relay
