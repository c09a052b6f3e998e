// Where the exchange pump puts an answer: the relay's side of an attempt.
#pragma once

#include "net/task.h"
#include "net/waiter.h"
#include "providers/failure.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace switchyard::providers
{

/// A header of a provider's answer, name in lower case.
struct HeaderView
{
    std::string_view name;
    std::string_view value;
};

/// What the plug-in asked for with its forward action, and the head of the answer that it is about.
struct ForwardPlan
{
    uint32_t flags = 0;                   ///< SWY_FORWARD_...
    std::string_view dialect;             ///< "openai", "bytes" ...
    std::span<const std::string> needles; ///< lives as long as the exchange
    int status = 200;                     ///< of the provider's answer
    std::span<const HeaderView> headers;  ///< of the provider's answer
};

/// What a plug-in said about a frame that it was shown.
enum class TapVerdict
{
    pass,    ///< unchanged
    replace, ///< TapPort::replacement() instead
    drop,
    failed ///< the plug-in failed the exchange: deliver nothing more
};

/// The way back to the plug-in while forwarding: shows it a frame that holds one of its needles. Synchronous; usage
/// that it reports arrives at AnswerSink::usage before this returns.
class TapPort
{
public:
    virtual TapVerdict tap(uint32_t needle, std::string_view frame, std::string_view data) = 0;
    virtual std::string_view replacement() const = 0; ///< valid until the next tap

protected:
    ~TapPort() = default;
};

/// A piece of an answer in the common form (swy_delta_t).
struct Delta
{
    uint32_t kind = 0; ///< SWY_DELTA_...
    uint32_t choice = 0;
    uint32_t block = 0;
    std::string_view text;
    std::string_view id;
    std::string_view name;
    std::string_view extra;
};

struct Count
{
    std::string_view unit; ///< SWY_UNIT_...
    int64_t amount = 0;
};

/// Takes an answer apart from the exchange that makes it. All members run on the request's loop thread.
///
/// The synchronous members take bytes in and queue what goes to the client; flush() sends it and is the back-pressure:
/// the pump awaits it once per wake-up and delivers no further event before it returns. The bytes given to forward()
/// and emit() stay valid until then; all other arguments only during the call. A member that returns a Failure (owned
/// by the sink) ends the exchange with it: the pump cancels upstream and reports it.
class AnswerSink
{
public:
    virtual ~AnswerSink() = default;

    // The answer is upstream's own bytes ...
    virtual const Failure* forwardBegin(const ForwardPlan& plan, TapPort& taps) = 0;
    virtual const Failure* forward(std::string_view bytes) = 0;
    /// The answer's body has ended. `complete` is false when the connection broke before its end.
    virtual const Failure* forwardEnd(bool complete) = 0;

    // ... or is rendered by the gateway ...
    virtual const Failure* delta(const Delta& piece) = 0;

    // ... or made of finished bytes.
    virtual const Failure* answerHead(int status, std::span<const HeaderView> headers) = 0;
    virtual const Failure* emit(std::string_view bytes) = 0;

    virtual void usage(std::span<const Count> counts, bool final) = 0;

    /// The exchange finished well: whatever ends the answer is queued (the last flush follows).
    virtual const Failure* finish() = 0;

    enum class Flushed
    {
        done,
        wait, ///< something is left: await flush()
        gone  ///< the client is gone
    };
    /// Sends what goes out without waiting; spares the frame of a coroutine in the common case.
    virtual Flushed tryFlush() { return pending() ? Flushed::wait : Flushed::done; }

    /// Sends what is queued. False: the client is gone.
    virtual net::Task<bool> flush() = 0;

    /// Why flush() said that the client is gone.
    virtual net::CancelReason goneBecause() const noexcept { return net::CancelReason::clientGone; }

    /// Whether anything is queued.
    virtual bool pending() const = 0;

    /// Whether something semantic has been handed over: then no other candidate can be tried, and the deadline for the
    /// first token no longer counts.
    virtual bool committed() const = 0;
};

} // namespace switchyard::providers
