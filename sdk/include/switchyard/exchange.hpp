// An exchange in C++: derive from Exchange, override the events you expect, answer with the protected members.
//
// An exception that leaves an event becomes a failed exchange (cause internal); none crosses the border.
#pragma once

#include "actions.hpp"
#include "events.hpp"
#include "inline_list.hpp"
#include "provider.h"

#include <cstdint>
#include <exception>
#include <initializer_list>
#include <string_view>

namespace switchyard
{

/// One attempt at a request: a state machine. Never entered by two threads at once, but moves between them.
class Exchange
{
public:
    Exchange() = default;
    Exchange(const Exchange&) = delete;
    Exchange& operator=(const Exchange&) = delete;
    virtual ~Exchange() = default;

    /// The glue's: ties the exchange to its host.
    void bind(const swy_actions_t& actions) { actions_ = &actions; }
    /// The glue's: one event, from the border.
    void handle(const swy_event_t& event) noexcept
    {
        try
        {
            now_ = event.now;
            dispatch(event);
        }
        catch (const std::exception& problem)
        {
            fail(Cause::internal, Scope::request, problem.what());
        }
        catch (...)
        {
            fail(Cause::internal, Scope::request, "the plug-in threw something that is no std::exception");
        }
    }

protected:
    // ---- Events ----
    virtual void onStart(const Start& start) = 0;
    virtual void onResponseHead(const ResponseHead&) {}
    virtual void onResponseBody(uint64_t /*request*/, std::string_view /*bytes*/) {}
    virtual void onResponseEnd(uint64_t /*request*/) {}
    virtual void onTap(const Tap&) {}
    /// Unless overridden: the exchange fails, scope channel.
    virtual void onTransportError(const TransportError& error)
    {
        const bool late = error.errorClass == SWY_TRANSPORT_TIMEOUT;
        const bool lacking = error.errorClass == SWY_TRANSPORT_UNSUPPORTED;
        fail(lacking ? Cause::unsupported : late ? Cause::timeout : Cause::upstreamBroken, Scope::channel, error.text);
    }
    virtual void onTimer(uint64_t /*id*/) {}
    virtual void onCredential(const Credential&) {}
    virtual void onMedia(const Media&) {}
    virtual void onWebsocketOpen(const ResponseHead&) {}
    virtual void onWebsocketMessage(const Message&) {}
    virtual void onWebsocketClose(const WebsocketClose&) {}
    virtual void onClientMessage(const Message&) {}
    virtual void onClientEnd() {}
    /// The last event; the host has aborted what was open. Why: SWY_CANCEL_....
    virtual void onCancel(uint32_t /*why*/) {}

    // ---- Actions. Errors are sticky: the result may be ignored. ----
    swy_status_t request(Request& request) { return actions_->http_request(self(), &request.record()); }
    swy_status_t abort(uint64_t request) { return actions_->abort(self(), request); }
    swy_status_t hashPieces(const swy_piece_t* pieces, size_t count, uint8_t digest[32])
    {
        return actions_->hash_pieces(self(), pieces, static_cast<uint32_t>(count), digest);
    }

    /// Passes the answer to `request` on as it is; `flags`: SWY_FORWARD_....
    swy_status_t forward(uint64_t request, std::string_view dialect, uint32_t flags = 0,
                         std::initializer_list<std::string_view> needles = {})
    {
        sdk::InlineList<swy_given_t, 16> list;
        for (std::string_view needle : needles)
            list.add(given(needle));
        const swy_forward_t record = {
            sizeof record, flags, request, given(dialect), list.data(), static_cast<uint32_t>(list.size()), 0};
        return actions_->forward(self(), &record);
    }
    swy_status_t tapReplace(std::string_view frame) { return actions_->tap_replace(self(), given(frame)); }
    swy_status_t tapDrop() { return actions_->tap_drop(self()); }

    swy_status_t text(std::string_view piece, uint32_t choice = 0, uint32_t block = 0)
    {
        return say(SWY_DELTA_TEXT, choice, block, piece);
    }
    swy_status_t thinking(std::string_view piece, uint32_t choice = 0, uint32_t block = 0)
    {
        return say(SWY_DELTA_THINKING, choice, block, piece);
    }
    swy_status_t signature(std::string_view opaque, uint32_t choice = 0, uint32_t block = 0)
    {
        return say(SWY_DELTA_SIGNATURE, choice, block, opaque);
    }
    swy_status_t toolBegin(uint32_t block, std::string_view id, std::string_view name, uint32_t choice = 0)
    {
        return delta({sizeof(swy_delta_t), SWY_DELTA_TOOL_BEGIN, choice, block, {}, given(id), given(name), {}});
    }
    swy_status_t toolArguments(uint32_t block, std::string_view json, uint32_t choice = 0)
    {
        return say(SWY_DELTA_TOOL_ARGUMENTS, choice, block, json);
    }
    swy_status_t refusal(std::string_view piece, uint32_t choice = 0)
    {
        return say(SWY_DELTA_REFUSAL, choice, 0, piece);
    }
    swy_status_t citation(std::string_view json, uint32_t choice = 0, uint32_t block = 0)
    {
        return delta({sizeof(swy_delta_t), SWY_DELTA_CITATION, choice, block, {}, {}, {}, given(json)});
    }
    /// `reason`: "stop", "length", "tool_calls", "content_filter".
    swy_status_t stop(std::string_view reason, uint32_t choice = 0)
    {
        return delta({sizeof(swy_delta_t), SWY_DELTA_STOP, choice, 0, {}, {}, given(reason), {}});
    }
    swy_status_t delta(const swy_delta_t& piece) { return actions_->delta(self(), &piece); }

    swy_status_t answerHead(int status, std::initializer_list<swy_given_header_t> headers)
    {
        const swy_answer_head_t record = {sizeof record, static_cast<uint32_t>(status), headers.begin(),
                                          static_cast<uint32_t>(headers.size()), 0};
        return actions_->answer_head(self(), &record);
    }
    swy_status_t emit(std::string_view bytes) { return actions_->emit(self(), given(bytes)); }
    swy_status_t emitPieces(const swy_piece_t* pieces, size_t count)
    {
        return actions_->emit_pieces(self(), pieces, static_cast<uint32_t>(count));
    }

    swy_status_t usage(const Usage& used)
    {
        sdk::InlineList<swy_count_t, 16> counts;
        const auto tell = [&](const char* unit, int64_t amount)
        {
            if (amount >= 0) counts.add({given(unit), amount});
        };
        tell(SWY_UNIT_INPUT, used.input);
        tell(SWY_UNIT_OUTPUT, used.output);
        tell(SWY_UNIT_CACHED, used.cached);
        tell(SWY_UNIT_CACHE_WRITE, used.cacheWrite);
        tell(SWY_UNIT_REASONING, used.reasoning);
        tell(SWY_UNIT_AUDIO_INPUT, used.audioInput);
        tell(SWY_UNIT_AUDIO_OUTPUT, used.audioOutput);
        tell(SWY_UNIT_IMAGES, used.images);
        tell(SWY_UNIT_SECONDS, used.seconds);
        return usage(counts.data(), counts.size(), used.final);
    }
    /// For units that Usage has no member for.
    swy_status_t usage(const swy_count_t* counts, size_t count, bool final)
    {
        const swy_usage_t record = {sizeof record, final ? SWY_USAGE_FINAL : 0, counts, static_cast<uint32_t>(count),
                                    0};
        return actions_->usage(self(), &record);
    }

    swy_status_t fail(const ErrorReport& why)
    {
        const swy_fail_t record = {sizeof record,
                                   static_cast<uint32_t>(why.cause),
                                   static_cast<uint32_t>(why.scope),
                                   static_cast<uint32_t>(why.httpStatus),
                                   why.retryAfterMs,
                                   given(why.type),
                                   given(why.code),
                                   given(why.message),
                                   given(why.param),
                                   given(why.upstream)};
        return actions_->fail(self(), &record);
    }
    swy_status_t fail(Cause cause, Scope scope, std::string_view message)
    {
        ErrorReport why;
        why.cause = cause;
        why.scope = scope;
        why.message = message;
        return fail(why);
    }
    swy_status_t finish() { return actions_->finish(self()); }

    swy_status_t timerStart(uint64_t id, uint32_t delayMs) { return actions_->timer_start(self(), id, delayMs); }
    swy_status_t timerStop(uint64_t id) { return actions_->timer_stop(self(), id); }

    swy_status_t credential(uint64_t id, std::string_view name)
    {
        return actions_->credential(self(), id, given(name));
    }
    swy_status_t credentialReject(uint64_t id) { return actions_->credential_reject(self(), id); }
    swy_status_t credentialReady(std::string_view bytes, int64_t goodForMs)
    {
        return actions_->credential_ready(self(), given(bytes), goodForMs);
    }

    swy_status_t media(uint64_t id, std::string_view url) { return actions_->media(self(), id, given(url)); }

    swy_status_t websocketOpen(const swy_websocket_request_t& record)
    {
        return actions_->websocket_open(self(), &record);
    }
    swy_status_t websocketSend(uint64_t id, bool binary, std::string_view bytes)
    {
        return actions_->websocket_send(self(), id, binary ? SWY_MESSAGE_BINARY : SWY_MESSAGE_TEXT, given(bytes));
    }
    swy_status_t websocketClose(uint64_t id, uint32_t code, std::string_view reason)
    {
        return actions_->websocket_close(self(), id, code, given(reason));
    }

    /// Zeroed memory that lives until the exchange has been destroyed; nullptr past the host's limit.
    void* alloc(size_t size) { return actions_->alloc(self(), size); }
    void log(uint32_t level, std::string_view line) { actions_->log(self(), level, given(line)); }

    /// The host's clock at this event: milliseconds since the Unix epoch.
    int64_t now() const { return now_; }

private:
    void* self() const { return actions_->context; }
    swy_status_t say(uint32_t kind, uint32_t choice, uint32_t block, std::string_view piece)
    {
        return delta({sizeof(swy_delta_t), kind, choice, block, given(piece), {}, {}, {}});
    }

    template <class T>
    static const T& payload(const swy_event_t& event)
    {
        return *static_cast<const T*>(event.payload);
    }

    void dispatch(const swy_event_t& event)
    {
        switch (event.kind)
        {
        case SWY_EVENT_START:
            return onStart(Start(payload<swy_start_t>(event)));
        case SWY_EVENT_RESPONSE_HEAD:
            return onResponseHead(head(event));
        case SWY_EVENT_RESPONSE_BODY:
            return onResponseBody(event.id, view(payload<swy_bytes_t>(event).bytes));
        case SWY_EVENT_RESPONSE_END:
            return onResponseEnd(event.id);
        case SWY_EVENT_TAP:
        {
            const auto& tap = payload<swy_tap_t>(event);
            return onTap({event.id, tap.needle, view(tap.frame), view(tap.data)});
        }
        case SWY_EVENT_TRANSPORT_ERROR:
        {
            const auto& error = payload<swy_transport_error_t>(event);
            return onTransportError({event.id, error.error_class, view(error.text)});
        }
        case SWY_EVENT_TIMER:
            return onTimer(event.id);
        case SWY_EVENT_CREDENTIAL:
        {
            const auto& c = payload<swy_credential_t>(event);
            return onCredential({event.id, c.cause, view(c.bytes), view(c.message), c.generation});
        }
        case SWY_EVENT_MEDIA:
        {
            const auto& m = payload<swy_media_t>(event);
            return onMedia({event.id, m.cause, view(m.content_type), view(m.bytes), view(m.message)});
        }
        case SWY_EVENT_WEBSOCKET_OPEN:
            return onWebsocketOpen(head(event));
        case SWY_EVENT_WEBSOCKET_MESSAGE:
            return onWebsocketMessage(message(event));
        case SWY_EVENT_WEBSOCKET_CLOSE:
        {
            const auto& close = payload<swy_websocket_close_t>(event);
            return onWebsocketClose({event.id, close.code, view(close.reason)});
        }
        case SWY_EVENT_CLIENT_MESSAGE:
            return onClientMessage(message(event));
        case SWY_EVENT_CLIENT_END:
            return onClientEnd();
        case SWY_EVENT_CANCEL:
            return onCancel(payload<swy_cancel_t>(event).why);
        default:
            return; // kinds of a later host, which this plug-in did not ask for
        }
    }

    static ResponseHead head(const swy_event_t& event)
    {
        const auto& raw = payload<swy_response_head_t>(event);
        return {event.id, static_cast<int>(raw.status), {raw.headers, raw.header_count}};
    }
    static Message message(const swy_event_t& event)
    {
        const auto& raw = payload<swy_message_t>(event);
        return {event.id, raw.kind == SWY_MESSAGE_BINARY, view(raw.bytes)};
    }

    const swy_actions_t* actions_ = nullptr;
    int64_t now_ = 0;
};

} // namespace switchyard
