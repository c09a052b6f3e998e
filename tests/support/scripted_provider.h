// A provider linked into a test, whose behaviour is a function; and a sink that writes down what it is given.
#pragma once

#include "providers/answer_sink.h"
#include "providers/channel_table.h"
#include "providers/plugin.h"
#include "store/entities.h"

#include <switchyard/provider.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace switchyard::providers
{

/// What the scripted provider does with an event. Outlives the exchanges.
struct Script
{
    std::function<void(const swy_actions_t&, const swy_event_t&)> onEvent;
    std::vector<uint32_t> events; ///< the kinds that came
    int exchanges = 0;            ///< created and not destroyed
    int channels = 0;
};

namespace scripted
{

struct Table
{
    swy_provider_t provider; // first: the ABI hands this pointer back
    Script* script;
};

struct Exchange
{
    Script* script;
    const swy_actions_t* actions;
};

inline swy_channel_t* channelCreate(const swy_provider_t* provider, const swy_channel_config_t*, swy_text_out_t*)
{
    Script* script = reinterpret_cast<const Table*>(provider)->script;
    ++script->channels;
    return reinterpret_cast<swy_channel_t*>(script);
}
inline void channelDestroy(swy_channel_t* channel) { --reinterpret_cast<Script*>(channel)->channels; }
inline swy_exchange_t* exchangeCreate(const swy_provider_t*, swy_channel_t* channel, const swy_actions_t* actions)
{
    auto* script = reinterpret_cast<Script*>(channel);
    ++script->exchanges;
    return reinterpret_cast<swy_exchange_t*>(new Exchange{script, actions});
}
inline void event(swy_exchange_t* handle, const swy_event_t* event)
{
    auto* exchange = reinterpret_cast<Exchange*>(handle);
    exchange->script->events.push_back(event->kind);
    exchange->script->onEvent(*exchange->actions, *event);
}
inline void exchangeDestroy(swy_exchange_t* handle)
{
    auto* exchange = reinterpret_cast<Exchange*>(handle);
    --exchange->script->exchanges;
    delete exchange;
}

} // namespace scripted

/// A channel of a provider that follows `script`; its key may go to 127.0.0.1 and to "further.example".
class ScriptedChannel
{
public:
    explicit ScriptedChannel(Script& script)
        : table_{{sizeof(swy_provider_t), 0, nullptr, scripted::channelCreate, scripted::channelDestroy,
                  scripted::exchangeCreate, scripted::event, scripted::exchangeDestroy},
                 &script}
    {
        Descriptor descriptor;
        descriptor.id = "scripted";
        descriptor.hosts = {"further.example"};
        store::Channel channel;
        channel.id = 7;
        channel.baseUrl = "http://127.0.0.1:1/";
        object_ = ChannelObject::create(std::make_shared<Provider>(std::make_shared<Plugin>("scripted", "", nullptr),
                                                                   table_.provider, descriptor),
                                        channel)
                      .value();
    }
    ScriptedChannel(const ScriptedChannel&) = delete;
    ScriptedChannel& operator=(const ScriptedChannel&) = delete;

    const ChannelObjectPtr& object() const { return object_; }

private:
    scripted::Table table_;
    ChannelObjectPtr object_;
};

inline swy_given_t given(std::string_view text) { return {text.data(), text.size()}; }

/// A POST without headers and body.
inline swy_http_request_t requestFor(uint64_t id, std::string_view url, uint32_t flags = 0)
{
    swy_http_request_t request{};
    request.struct_size = sizeof(request);
    request.flags = flags;
    request.id = id;
    request.method = given("POST");
    request.url = given(url);
    return request;
}

inline swy_forward_t forwardOf(uint64_t id)
{
    swy_forward_t forward{};
    forward.struct_size = sizeof(forward);
    forward.request = id;
    forward.dialect = given("openai");
    return forward;
}

/// Everything it was given, as lines of text; a client that takes what it is told to.
class RecordingSink : public AnswerSink
{
public:
    const Failure* forwardBegin(const ForwardPlan& plan, TapPort& taps) override
    {
        log += "begin " + std::to_string(plan.status) + " " + std::string(plan.dialect) + "\n";
        needles.assign(plan.needles.begin(), plan.needles.end());
        port = &taps;
        return given_();
    }
    /// Frames are lines here: each that holds a needle is shown.
    const Failure* forward(std::string_view bytes) override
    {
        held += bytes;
        for (size_t end = held.find('\n'); end != std::string::npos; end = held.find('\n'))
        {
            const std::string frame = held.substr(0, end + 1);
            held.erase(0, end + 1);
            take(frame);
        }
        return given_();
    }
    const Failure* forwardEnd(bool complete) override
    {
        log += complete ? "end\n" : "broken\n";
        if (complete || wholeByItself) return given_();
        missing.message = "the end is missing";
        return &missing;
    }
    const Failure* delta(const Delta& piece) override
    {
        log += "delta " + std::to_string(piece.kind) + " " + std::string(piece.text) + "\n";
        queued += piece.text;
        committedNow = true;
        return given_();
    }
    const Failure* answerHead(int status, std::span<const HeaderView> headers) override
    {
        log += "head " + std::to_string(status);
        for (const HeaderView& header : headers)
            log += " " + std::string(header.name) + "=" + std::string(header.value);
        log += "\n";
        return given_();
    }
    const Failure* emit(std::string_view bytes) override
    {
        log += "emit " + std::string(bytes.substr(0, 64)) + "\n";
        queued += bytes;
        committedNow = true;
        return given_();
    }
    void usage(std::span<const Count> counts, bool final) override
    {
        log += final ? "usage final" : "usage";
        for (const Count& count : counts)
            log += " " + std::string(count.unit) + "=" + std::to_string(count.amount);
        log += "\n";
    }
    const Failure* finish() override
    {
        log += "finish\n";
        return given_();
    }
    Flushed tryFlush() override
    {
        if (slow) return pending() ? Flushed::wait : Flushed::done;
        sent += std::exchange(queued, {});
        return clientThere ? Flushed::done : Flushed::gone;
    }
    net::Task<bool> flush() override
    {
        ++flushes;
        if (whileFlushing)
        {
            auto waiting = whileFlushing();
            co_await waiting;
        }
        sent += std::exchange(queued, {});
        co_return clientThere;
    }
    bool pending() const override { return !queued.empty(); }
    bool committed() const override { return committedNow; }

    std::string log;
    std::string sent; ///< what the client has
    std::string queued;
    std::string held;
    std::vector<std::string> needles;
    TapPort* port = nullptr;
    Failure missing;
    const Failure* failNext = nullptr; ///< what the next member answers
    std::function<net::Task<void>()> whileFlushing;
    int flushes = 0;
    bool slow = false;
    bool clientThere = true;
    bool committedNow = false;
    bool wholeByItself = false;

private:
    const Failure* given_() { return std::exchange(failNext, nullptr); }
    void take(const std::string& frame)
    {
        for (size_t i = 0; i < needles.size(); ++i)
        {
            if (frame.find(needles[i]) == std::string::npos) continue;
            switch (port->tap(static_cast<uint32_t>(i), frame, frame))
            {
            case TapVerdict::pass:
                break;
            case TapVerdict::replace:
                queue(std::string(port->replacement()));
                return;
            case TapVerdict::drop:
                log += "dropped\n";
                return;
            case TapVerdict::failed:
                log += "failed\n";
                return;
            }
            break;
        }
        queue(frame);
    }
    void queue(const std::string& frame)
    {
        log += "frame " + frame;
        queued += frame;
        committedNow = true;
    }
};

} // namespace switchyard::providers
