#include "providers/exchange_actions.h"

#include "providers/abi_view.h"
#include "providers/exchange.h"
#include "providers/header_rules.h"
#include "providers/plugin.h"
#include "providers/url_host.h"

#include <openssl/evp.h>

#include <algorithm>

namespace switchyard::providers
{

namespace
{
constexpr uint32_t kMaxNeedles = 16;
constexpr uint32_t kMaxCounts = 256;
constexpr uint32_t kMaxAnswerHeaders = 256;
constexpr uint32_t kMaxDelay = 86'400'000;
constexpr size_t kMaxOutstanding = 1024; // requests, timers, refusals: each kind
constexpr size_t kMaxUpstreamBytes = 4096;
constexpr size_t kMaxFailureText = size_t{64} << 10;

std::string text(swy_given_t given, size_t most = kMaxFailureText)
{
    return std::string(viewOf(given).substr(0, most));
}
} // namespace

// ---- What all actions share

swy_status_t Exchange::admit(bool whenCancelled) const noexcept
{
    if (eventKind_ == 0) return SWY_INVALID;
    if (state_ == State::running) return SWY_ACCEPTED;
    if (state_ == State::cancelled && eventKind_ == SWY_EVENT_CANCEL && whenCancelled) return SWY_ACCEPTED;
    return sticky_ != SWY_ACCEPTED ? sticky_ : SWY_ENDED;
}

swy_status_t Exchange::invalid(std::string_view action, std::string_view what)
{
    const Provider& provider = channel_->provider();
    const std::string said = std::string(action) + ": " + std::string(what);
    provider.plugin().complain(provider.id(), said);
    Failure fault;
    fault.scope = Scope::model;
    fault.message = "provider '" + provider.id() + "' broke a rule of the plug-in interface (" + said + ")";
    failWith(std::move(fault));
    return sticky_ = SWY_INVALID;
}

swy_status_t Exchange::overLimit(std::string_view action, std::string_view what)
{
    invalid(action, what);
    return sticky_ = SWY_LIMIT;
}

bool Exchange::countOutput(size_t bytes) noexcept
{
    if (bytes > limits_.maxOutputPerEvent - outputOfEvent_) return false;
    outputOfEvent_ += bytes;
    return true;
}

/// The functions behind swy_actions_t; a friend of Exchange.
struct ExchangeActions
{
    static Exchange& self(void* context) { return *static_cast<Exchange*>(context); }

    static swy_status_t httpRequest(void* context, const swy_http_request_t* asked)
    {
        Exchange& exchange = self(context);
        if (const swy_status_t status = exchange.admit(true)) return status;
        auto made = OutgoingRequest::from(*asked, exchange.request_.body, exchange.urls_);
        if (!made) return exchange.invalid("http_request", made.error());
        OutgoingRequest& request = *made;
        const bool cancelled = exchange.state_ == Exchange::State::cancelled;
        if (cancelled && (!request.cleanup() || exchange.cleanupAsked_)) return SWY_ENDED;
        if (!cancelled && request.cleanup())
            return exchange.invalid("http_request", "SWY_HTTP_CLEANUP is for after a cancel");
        if (exchange.inUse(request.id())) return exchange.invalid("http_request", "the id is in use");
        if (exchange.calls_.size() >= kMaxOutstanding)
            return exchange.overLimit("http_request", "over 1024 are outstanding");
        if (!exchange.countOutput(request.size()))
            return exchange.overLimit("http_request", "over max_output_per_event");
        if (request.keyed() && !exchange.channel_->keyMayGoTo(request.url().host()))
        {
            if (!cancelled)
                exchange.refusals_.push_back({SWY_EVENT_TRANSPORT_ERROR, SWY_TRANSPORT_REFUSED, request.id(),
                                              "the channel's key may not go to '" + std::string(request.url().host()) +
                                                  "': neither its base URL nor the provider's hosts name it"});
            return SWY_ACCEPTED;
        }
        exchange.cleanupAsked_ = cancelled;
        // Kept bytes serve a forward only as long as nothing was handed over.
        const bool mayForward = exchange.mode_ == Exchange::Mode::none;
        exchange.calls_.push_back(
            {request.id(), Exchange::Phase::waiting, request.whole(), mayForward, nullptr, nullptr, {}});
        exchange.requests_.push_back(std::move(request));
        return SWY_ACCEPTED;
    }

    static swy_status_t abort(void* context, uint64_t id)
    {
        Exchange& exchange = self(context);
        if (const swy_status_t status = exchange.admit(true)) return status;
        std::erase_if(exchange.refusals_, [id](const Exchange::Refusal& refusal) { return refusal.id == id; });
        const Exchange::Call* call = exchange.find(id);
        if (!call) return SWY_ACCEPTED; // it may just have ended
        if (id == exchange.forwarding_) return exchange.invalid("abort", "the request is being forwarded; use fail");
        if (call->phase != Exchange::Phase::waiting) exchange.aborted_.push_back(id);
        std::erase_if(exchange.requests_, [id](const OutgoingRequest& request) { return request.id() == id; });
        exchange.drop(id);
        return SWY_ACCEPTED;
    }

    static swy_status_t hashPieces(void* context, const swy_piece_t* pieces, uint32_t count, uint8_t* digest)
    {
        Exchange& exchange = self(context);
        if (const swy_status_t status = exchange.admit(false)) return status;
        struct Hash
        {
            EVP_MD_CTX* context = EVP_MD_CTX_new();
            ~Hash() { EVP_MD_CTX_free(context); }
        } hash;
        bool good = hash.context && EVP_DigestInit_ex(hash.context, EVP_sha256(), nullptr) == 1;
        for (uint32_t i = 0; i < count; ++i)
        {
            const std::string_view bytes = bytesOf(pieces[i], exchange.request_.body);
            if (!bytes.data()) return exchange.invalid("hash_pieces", "a piece is not usable");
            good = good && EVP_DigestUpdate(hash.context, bytes.data(), bytes.size()) == 1;
        }
        good = good && EVP_DigestFinal_ex(hash.context, digest, nullptr) == 1;
        return good ? SWY_ACCEPTED : exchange.overLimit("hash_pieces", "the hash could not be computed");
    }

    static swy_status_t forward(void* context, const swy_forward_t* asked)
    {
        Exchange& exchange = self(context);
        if (const swy_status_t status = exchange.admit(false)) return status;
        if (!SWY_HAS(asked, swy_forward_t, needle_count))
            return exchange.invalid("forward", "struct_size is too small");
        if (asked->needle_count > kMaxNeedles || (asked->needle_count && !asked->needles))
            return exchange.invalid("forward", "needle_count does not fit needles, or is over 16");
        if (asked->dialect.size == 0) return exchange.invalid("forward", "the dialect is empty");
        if (exchange.forward_) return exchange.invalid("forward", "an answer is being forwarded already");
        if (exchange.mode_ != Exchange::Mode::none)
            return exchange.invalid("forward", "something else was handed over before");
        Exchange::Call* call = exchange.find(asked->request);
        if (!call || call->phase != Exchange::Phase::answered)
            return exchange.invalid("forward", "the request has no answer yet, or is over");
        if (!call->keptAll) return exchange.overLimit("forward", "decided after 64 KiB of the answer");
        exchange.forward_ = std::make_unique<Exchange::Forward>();
        Exchange::Forward& forward = *exchange.forward_;
        forward.flags = asked->flags;
        forward.dialect = viewOf(asked->dialect);
        forward.needles.reserve(asked->needle_count);
        for (uint32_t i = 0; i < asked->needle_count; ++i)
            forward.needles.emplace_back(viewOf(asked->needles[i]));
        forward.kept = std::move(call->kept);
        exchange.forwarding_ = asked->request;
        exchange.handedOver(Exchange::Mode::forward);
        return SWY_ACCEPTED;
    }

    static swy_status_t tapReplace(void* context, swy_given_t frame)
    {
        Exchange& exchange = self(context);
        if (const swy_status_t status = exchange.admit(false)) return status;
        if (exchange.eventKind_ != SWY_EVENT_TAP) return exchange.invalid("tap_replace", "this is no tap event");
        if (!exchange.countOutput(frame.size)) return exchange.overLimit("tap_replace", "over max_output_per_event");
        exchange.replacement_ = viewOf(frame);
        exchange.verdict_ = frame.size ? TapVerdict::replace : TapVerdict::drop;
        return SWY_ACCEPTED;
    }

    static swy_status_t tapDrop(void* context)
    {
        Exchange& exchange = self(context);
        if (const swy_status_t status = exchange.admit(false)) return status;
        if (exchange.eventKind_ != SWY_EVENT_TAP) return exchange.invalid("tap_drop", "this is no tap event");
        exchange.verdict_ = TapVerdict::drop;
        return SWY_ACCEPTED;
    }

    /// Whether an answer of this kind may still be handed over; counts its bytes.
    static swy_status_t output(Exchange& exchange, const char* action, Exchange::Mode mode, uint64_t bytes)
    {
        if (exchange.mode_ != Exchange::Mode::none && exchange.mode_ != mode)
            return exchange.invalid(action, "forward, delta and emit do not go together");
        if (!exchange.countOutput(bytes)) return exchange.overLimit(action, "over max_output_per_event");
        exchange.handedOver(mode);
        return SWY_ACCEPTED;
    }

    static swy_status_t delta(void* context, const swy_delta_t* piece)
    {
        Exchange& exchange = self(context);
        if (const swy_status_t status = exchange.admit(false)) return status;
        if (!SWY_HAS(piece, swy_delta_t, extra)) return exchange.invalid("delta", "struct_size is too small");
        const uint64_t bytes = piece->text.size + piece->id.size + piece->name.size + piece->extra.size;
        if (const swy_status_t status = output(exchange, "delta", Exchange::Mode::deltas, bytes)) return status;
        exchange.log_.delta(*piece);
        return SWY_ACCEPTED;
    }

    static swy_status_t answerHead(void* context, const swy_answer_head_t* head)
    {
        Exchange& exchange = self(context);
        if (const swy_status_t status = exchange.admit(false)) return status;
        if (!SWY_HAS(head, swy_answer_head_t, header_count))
            return exchange.invalid("answer_head", "struct_size is too small");
        if (exchange.mode_ != Exchange::Mode::none)
            return exchange.invalid("answer_head", "something was handed over before");
        if (head->status < 200 || head->status > 599)
            return exchange.invalid("answer_head", "the status is not 200 to 599");
        if (head->header_count > kMaxAnswerHeaders || (head->header_count && !head->headers))
            return exchange.invalid("answer_head", "header_count does not fit headers");
        uint64_t bytes = 0;
        for (uint32_t i = 0; i < head->header_count; ++i)
        {
            const std::string_view name = viewOf(head->headers[i].name);
            const std::string_view value = viewOf(head->headers[i].value);
            if (!isToken(name) || !isFieldValue(value)) return exchange.invalid("answer_head", "a header is malformed");
            if (hostWritesInAnswer(name))
                return exchange.invalid("answer_head", "it has a header that is the host's to write");
            bytes += name.size() + value.size();
        }
        if (const swy_status_t status = output(exchange, "answer_head", Exchange::Mode::bytes, bytes)) return status;
        exchange.log_.answerHead(*head);
        return SWY_ACCEPTED;
    }

    static swy_status_t emit(void* context, swy_given_t bytes)
    {
        Exchange& exchange = self(context);
        if (const swy_status_t status = exchange.admit(false)) return status;
        if (const swy_status_t status = output(exchange, "emit", Exchange::Mode::bytes, bytes.size)) return status;
        exchange.log_.emit(viewOf(bytes));
        return SWY_ACCEPTED;
    }

    static swy_status_t emitPieces(void* context, const swy_piece_t* pieces, uint32_t count)
    {
        Exchange& exchange = self(context);
        if (const swy_status_t status = exchange.admit(false)) return status;
        size_t size = 0;
        for (uint32_t i = 0; i < count; ++i)
        {
            const std::string_view bytes = bytesOf(pieces[i], exchange.request_.body);
            if (!bytes.data()) return exchange.invalid("emit_pieces", "a piece is not usable");
            if (bytes.size() >
                exchange.limits_.maxOutputPerEvent - std::min<uint64_t>(size, exchange.limits_.maxOutputPerEvent))
                return exchange.overLimit("emit_pieces", "over max_output_per_event");
            size += bytes.size();
        }
        if (const swy_status_t status = output(exchange, "emit_pieces", Exchange::Mode::bytes, size)) return status;
        exchange.log_.beginEmit(size);
        for (uint32_t i = 0; i < count; ++i)
            exchange.log_.append(bytesOf(pieces[i], exchange.request_.body));
        return SWY_ACCEPTED;
    }

    static swy_status_t usage(void* context, const swy_usage_t* usage)
    {
        Exchange& exchange = self(context);
        if (const swy_status_t status = exchange.admit(true)) return status;
        if (!SWY_HAS(usage, swy_usage_t, count_count)) return exchange.invalid("usage", "struct_size is too small");
        if (usage->count_count > kMaxCounts || (usage->count_count && !usage->counts))
            return exchange.invalid("usage", "count_count does not fit counts");
        uint64_t bytes = 0;
        for (uint32_t i = 0; i < usage->count_count; ++i)
        {
            if (usage->counts[i].amount < 0) return exchange.invalid("usage", "an amount is negative");
            if (usage->counts[i].unit.size == 0) return exchange.invalid("usage", "a unit is empty");
            bytes += usage->counts[i].unit.size + sizeof(swy_count_t);
        }
        if (!exchange.countOutput(bytes)) return exchange.overLimit("usage", "over max_output_per_event");
        exchange.log_.usage(*usage);
        return SWY_ACCEPTED;
    }

    static swy_status_t finish(void* context)
    {
        Exchange& exchange = self(context);
        if (const swy_status_t status = exchange.admit(false)) return status;
        if (exchange.forward_) return exchange.invalid("finish", "a forwarded answer finishes by itself");
        exchange.endWith(Exchange::State::finished);
        return SWY_ACCEPTED;
    }

    static swy_status_t fail(void* context, const swy_fail_t* why)
    {
        Exchange& exchange = self(context);
        if (const swy_status_t status = exchange.admit(false)) return status;
        if (!SWY_HAS(why, swy_fail_t, upstream)) return exchange.invalid("fail", "struct_size is too small");
        Failure failure;
        const bool knownCause = why->cause >= SWY_CAUSE_BAD_REQUEST && why->cause <= SWY_CAUSE_INTERNAL;
        const bool knownScope = why->scope >= SWY_SCOPE_REQUEST && why->scope <= SWY_SCOPE_CHANNEL;
        failure.cause = knownCause ? static_cast<Cause>(why->cause) : Cause::internal;
        failure.scope = knownScope ? static_cast<Scope>(why->scope) : Scope::model;
        failure.httpStatus =
            why->http_status >= 100 && why->http_status <= 999 ? static_cast<int>(why->http_status) : 0;
        failure.retryAfterMs = std::max<int64_t>(why->retry_after, 0);
        failure.type = text(why->type);
        failure.code = text(why->code);
        failure.message = text(why->message);
        failure.param = text(why->param);
        failure.upstream = text(why->upstream, kMaxUpstreamBytes);
        exchange.failWith(std::move(failure));
        return SWY_ACCEPTED;
    }

    static swy_status_t timerStart(void* context, uint64_t id, uint32_t delay)
    {
        Exchange& exchange = self(context);
        if (const swy_status_t status = exchange.admit(false)) return status;
        if (delay > kMaxDelay) return exchange.invalid("timer_start", "the delay is over a day");
        if (exchange.timerOrders_.size() >= kMaxOutstanding || exchange.timers_.size() >= kMaxOutstanding)
            return exchange.overLimit("timer_start", "over 1024 are outstanding");
        exchange.removeTimer(id);
        exchange.timers_.push_back(id);
        exchange.timerOrders_.push_back({id, delay});
        return SWY_ACCEPTED;
    }

    static swy_status_t timerStop(void* context, uint64_t id)
    {
        Exchange& exchange = self(context);
        if (const swy_status_t status = exchange.admit(false)) return status;
        const size_t running = exchange.timers_.size();
        exchange.removeTimer(id);
        if (exchange.timers_.size() != running) exchange.timerOrders_.push_back({id, -1});
        return SWY_ACCEPTED;
    }

    /// Something that this host lacks: the plug-in is told so in an event, by name.
    static swy_status_t lacking(Exchange& exchange, const char* action, const char* ability, uint32_t event,
                                uint64_t id)
    {
        if (const swy_status_t status = exchange.admit(false)) return status;
        if (id == 0 || exchange.inUse(id)) return exchange.invalid(action, "the id is 0 or in use");
        if (exchange.refusals_.size() >= kMaxOutstanding)
            return exchange.overLimit(action, "over 1024 are outstanding");
        const bool transport = event == SWY_EVENT_TRANSPORT_ERROR;
        exchange.refusals_.push_back({event, transport ? SWY_TRANSPORT_UNSUPPORTED : SWY_CAUSE_UNSUPPORTED, id,
                                      std::string("this gateway does not have ") + ability});
        return SWY_ACCEPTED;
    }

    static swy_status_t credential(void* context, uint64_t id, swy_given_t)
    {
        return lacking(self(context), "credential", SWY_EXT_CREDENTIAL, SWY_EVENT_CREDENTIAL, id);
    }
    static swy_status_t credentialReject(void* context, uint64_t id)
    {
        return lacking(self(context), "credential_reject", SWY_EXT_CREDENTIAL, SWY_EVENT_CREDENTIAL, id);
    }
    static swy_status_t credentialReady(void* context, swy_given_t, int64_t)
    {
        Exchange& exchange = self(context);
        if (const swy_status_t status = exchange.admit(false)) return status;
        return exchange.invalid("credential_ready", "the operation is not 'credential'");
    }
    static swy_status_t media(void* context, uint64_t id, swy_given_t)
    {
        return lacking(self(context), "media", SWY_EXT_MEDIA, SWY_EVENT_MEDIA, id);
    }
    static swy_status_t websocketOpen(void* context, const swy_websocket_request_t* request)
    {
        return lacking(self(context), "websocket_open", SWY_EXT_WEBSOCKET, SWY_EVENT_TRANSPORT_ERROR, request->id);
    }
    // No socket is ever open here: it is over before the plug-in can send, so both are too late and not wrong.
    static swy_status_t websocketSend(void* context, uint64_t, uint32_t, swy_given_t)
    {
        return self(context).admit(false);
    }
    static swy_status_t websocketClose(void* context, uint64_t id, uint32_t, swy_given_t)
    {
        Exchange& exchange = self(context);
        if (const swy_status_t status = exchange.admit(true)) return status;
        std::erase_if(exchange.refusals_, [id](const Exchange::Refusal& refusal) { return refusal.id == id; });
        return SWY_ACCEPTED;
    }

    static void* alloc(void* context, size_t size)
    {
        Exchange& exchange = self(context);
        return exchange.arena_.take(size,
                                    exchange.limits_.maxArena); // also in exchange_create: nothing speaks against it
    }

    static void log(void* context, uint32_t level, swy_given_t line)
    {
        self(context).channel_->provider().plugin().say(level, viewOf(line));
    }
};

swy_actions_t actionsFor(Exchange& exchange) noexcept
{
    using A = ExchangeActions;
    return {sizeof(swy_actions_t),
            0,
            &exchange,
            A::httpRequest,
            A::abort,
            A::hashPieces,
            A::forward,
            A::tapReplace,
            A::tapDrop,
            A::delta,
            A::answerHead,
            A::emit,
            A::emitPieces,
            A::usage,
            A::finish,
            A::fail,
            A::timerStart,
            A::timerStop,
            A::credential,
            A::credentialReject,
            A::credentialReady,
            A::media,
            A::websocketOpen,
            A::websocketSend,
            A::websocketClose,
            A::alloc,
            A::log};
}

} // namespace switchyard::providers
