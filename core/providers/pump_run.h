// The state of one pump: what its coroutines share.
#pragma once

#include "net/proxy.h"
#include "net/workers.h"
#include "providers/exchange.h"
#include "providers/pump.h"
#include "providers/upstream_call.h"

#include <cstdint>
#include <optional>

namespace switchyard::providers
{

/// Events with more than this run on a helper thread.
inline constexpr size_t kLargeEvent = size_t{256} << 10;

/// [the loop's thread]
class PumpRun
{
public:
    PumpRun(PumpContext& context, PumpAttempt& attempt);
    PumpRun(const PumpRun&) = delete;
    PumpRun& operator=(const PumpRun&) = delete;

    net::Task<void> start();
    /// Goes on until the exchange is over: one request at a time as long as that is all it wants.
    net::Task<void> proceed();
    /// Tells the plug-in that it is cancelled (if it still runs) and sends its clean-up request.
    net::Task<void> cancel();
    net::Task<void> finish();
    PumpOutcome outcome();

private:
    friend class ParallelRun;
    enum class After : uint8_t
    {
        goOn,
        flush ///< the sink holds something that did not go out at once
    };

    net::Task<void> single(OutgoingRequest request);
    net::Task<void> several(UpstreamCall* first);
    net::Task<void> onHelper(UpstreamCall* call);

    net::CallOptions optionsFor(const OutgoingRequest& request) const;
    /// Tells the exchange, or while it forwards the sink, what a request brought.
    void tell(UpstreamCall& call, UpstreamCall::News news);
    bool isLarge(const UpstreamCall& call, UpstreamCall::News news) const noexcept;
    void noteHead(const UpstreamCall& call, const net::ResponseHead& head);
    void lost(UpstreamCall& call);
    /// Hands outputs to the sink and sends what goes out at once.
    After settle();
    void flushed(bool clientThere);
    void stop(net::CancelReason reason) noexcept;
    void stopAtDeadline() noexcept { stop(net::CancelReason::deadline); }
    /// Whether nothing is left to wait for.
    bool over() const noexcept { return exchange_.ended() || stopped_; }
    int64_t now() const noexcept { return context_.pool.loop().now(); }
    /// The next deadline of the whole: the first token's until that has come.
    int64_t by() const noexcept { return committed_ ? totalBy_ : std::min(totalBy_, firstTokenBy_); }
    Failure deadlineFailure() const;

    PumpContext& context_;
    PumpAttempt& attempt_;
    Exchange exchange_;
    UpstreamFacts facts_;
    int64_t totalBy_;
    int64_t firstTokenBy_;
    net::CancelReason why_ = net::CancelReason::none;
    bool stopped_ = false;
    bool committed_ = false;
};

} // namespace switchyard::providers
