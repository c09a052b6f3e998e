// Exchange: the host's side of one exchange, as a state machine without input or output of its own.
#pragma once

#include "net/frame_pool.h"
#include "providers/answer_sink.h"
#include "providers/arena.h"
#include "providers/channel_table.h"
#include "providers/exchange_request.h"
#include "providers/failure.h"
#include "providers/outgoing_request.h"
#include "providers/output_log.h"
#include "providers/url_cache.h"

#include <switchyard/provider.h>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace switchyard::providers
{

/// Tells the plug-in events, checks its actions against provider.h and keeps what they ask for until it is taken. After
/// each event: apply(), then whatever takeRequest(), takeAborted(), takeTimer() and tellRefusal() yield, until ended().
///
/// Events may be told on any thread, one at a time; apply() and what goes through the sink belong to the sink's thread.
/// Pinned: the plug-in holds a pointer to the actions. Destroying it destroys the plug-in's exchange.
class Exchange final : private TapPort
{
public:
    /// All references outlive it.
    Exchange(ChannelObjectPtr channel, const ExchangeRequest& request, const ExchangeLimits& limits, AnswerSink& sink);
    ~Exchange();
    Exchange(const Exchange&) = delete;
    Exchange& operator=(const Exchange&) = delete;

    /// Takes URLs apart with the help of a loop's cache; null (while on another thread): without.
    void useUrls(UrlCache* urls) noexcept { urls_ = urls; }

    // ---- Events. An id that is not open (aborted, over) is ignored, so that nobody needs to ask first.

    void start();
    /// `head` stays valid until the call is over or forwarding() names it.
    void responseHead(uint64_t id, const net::ResponseHead& head);
    /// A piece, or all of it when the request asked for `whole`; then it stays valid until responseEnd has returned.
    void responseBody(uint64_t id, std::string_view bytes);
    void responseEnd(uint64_t id);
    void transportError(uint64_t id, uint32_t errorClass, std::string_view text);
    void timer(uint64_t id);
    /// The last event (SWY_CANCEL_...). Afterwards only a clean-up request may be there to take.
    void cancel(uint32_t why);

    /// Tells one of the answers that this host gives at once (an ability that it lacks, a host that a keyed request may
    /// not go to). False: there was none.
    bool tellRefusal();

    // ---- What it asks for.

    /// Hands over to the sink what the plug-in handed over, in its order; a forward begins here. [the sink's thread]
    void apply();
    /// After the sink was flushed: memory of outputs may go.
    void flushed() noexcept;
    /// The next request to begin; at most max_parallel are open at once.
    std::optional<OutgoingRequest> takeRequest();
    /// A request that was begun and is to be ended without further events; 0: none.
    uint64_t takeAborted() noexcept;

    struct TimerOrder
    {
        uint64_t id;
        int64_t delay; ///< milliseconds; negative: stop it
    };
    std::optional<TimerOrder> takeTimer() noexcept;

    /// The request whose answer goes to the sink directly, or 0. No events of it are told any more: give its bytes to
    /// AnswerSink::forward, and its end to forwardEnded.
    uint64_t forwarding() const noexcept { return forwarding_; }
    /// The forwarded answer is over. `broken`: null, or why its end is missing. [the sink's thread]
    void forwardEnded(const Failure* broken);
    /// The host ends the exchange: the sink refused, a deadline passed.
    void failWith(Failure failure);

    enum class State : uint8_t
    {
        running,
        finished,
        failed,
        cancelled
    };
    State state() const noexcept { return state_; }
    bool ended() const noexcept { return state_ != State::running; }
    /// When failed.
    const Failure& failure() const noexcept { return *failure_; }
    std::unique_ptr<Failure> takeFailure() noexcept { return std::move(failure_); }

    bool hasRefusals() const noexcept { return !refusals_.empty(); }
    /// Whether this request is begun and its events are still wanted.
    bool isOpen(uint64_t id) const noexcept;
    /// Whether there is nothing to wait for but `calls` requests (open or waiting): no timer, no refusal to tell.
    bool onlyCalls(size_t calls) const noexcept
    {
        return calls_.size() == calls && timers_.empty() && timerOrders_.empty() && refusals_.empty();
    }

private:
    friend struct ExchangeActions;

    enum class Phase : uint8_t
    {
        waiting, // in the host
        open,    // begun, no head yet
        answered // its head was told
    };
    struct Call
    {
        uint64_t id;
        Phase phase;
        bool whole;
        bool keptAll; // `kept` or `wholeBody` is the answer from byte 0
        const net::ResponseHead* head;
        std::unique_ptr<std::string> kept; // of an answer that may still be forwarded
        std::string_view wholeBody;
    };
    struct Refusal
    {
        uint32_t event;
        uint32_t why; // class of a transport error, or cause
        uint64_t id;
        std::string text;
    };
    struct Forward
    {
        uint64_t request;
        uint32_t flags;
        bool begun;
        bool bodyEnded; // decided when all had come already
        std::string dialect;
        std::vector<std::string> needles;
        std::unique_ptr<std::string> kept; // came before the decision; the sink refers to it until it is flushed
    };
    enum class Mode : uint8_t
    {
        none,
        forward,
        deltas,
        bytes
    };

    TapVerdict tap(uint32_t needle, std::string_view frame, std::string_view data) override;
    std::string_view replacement() const override { return replacement_; }

    void tell(uint32_t kind, uint64_t id, const void* payload);
    void checkOutstanding();
    void beginForward();
    void keep(Call& call, std::string_view bytes);
    void removeTimer(uint64_t id) noexcept;
    bool inUse(uint64_t id) const noexcept;
    size_t open() const noexcept;
    Call* find(uint64_t id) noexcept;
    const Call* find(uint64_t id) const noexcept { return const_cast<Exchange*>(this)->find(id); }
    void drop(uint64_t id) noexcept;
    void handedOver(Mode mode) noexcept;
    void endWith(State state) noexcept;

    // For the actions.
    swy_status_t admit(bool whenCancelled) const noexcept;
    swy_status_t invalid(std::string_view action, std::string_view what);
    swy_status_t overLimit(std::string_view action, std::string_view what);
    bool countOutput(size_t bytes) noexcept;

    swy_actions_t actions_;
    ChannelObjectPtr channel_;
    const ExchangeRequest& request_;
    const ExchangeLimits& limits_;
    AnswerSink& sink_;
    UrlCache* urls_ = nullptr;
    swy_exchange_t* handle_ = nullptr;
    Arena arena_;
    std::vector<Call, net::PoolAllocator<Call>> calls_;
    std::vector<OutgoingRequest, net::PoolAllocator<OutgoingRequest>> requests_; // those of calls that wait, in their order
    std::vector<uint64_t> aborted_;
    std::vector<uint64_t> timers_; // running
    std::vector<TimerOrder> timerOrders_;
    std::vector<Refusal> refusals_;
    OutputLog log_;
    OutputLog applied_; // handed to the sink, not flushed
    std::unique_ptr<Forward> forward_;
    std::unique_ptr<Failure> failure_;
    std::string replacement_;
    uint64_t forwarding_ = 0;
    uint64_t outputOfEvent_ = 0;
    std::array<unsigned char, 32> random_;
    uint32_t eventKind_ = 0; // while the plug-in is called
    swy_status_t sticky_ = SWY_ACCEPTED;
    TapVerdict verdict_ = TapVerdict::pass;
    Mode mode_ = Mode::none;
    State state_ = State::running;
    bool cleanupAsked_ = false;
    bool started_ = false;
};

} // namespace switchyard::providers
