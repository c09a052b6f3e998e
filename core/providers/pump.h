// The exchange pump: runs one exchange of a plug-in against the network, into an AnswerSink.
#pragma once

#include "net/client_pool.h"
#include "net/task.h"
#include "net/waiter.h"
#include "providers/answer_sink.h"
#include "providers/channel_table.h"
#include "providers/exchange_request.h"
#include "providers/failure.h"
#include "providers/url_cache.h"

#include <cstdint>
#include <memory>

namespace switchyard::net
{
class ProxyRules;
class Workers;
} // namespace switchyard::net

namespace switchyard::providers
{

/// How long the parts of an attempt may take, in milliseconds; negative: as long as they like.
struct PumpDeadlines
{
    int64_t connectMs = 10'000;
    int64_t firstByteMs = 300'000;  ///< from the last byte sent to the answer's head
    int64_t firstTokenMs = 300'000; ///< from the start until AnswerSink::committed()
    int64_t stallMs = 120'000;      ///< between two pieces of the answer
    int64_t totalMs = -1;
    int64_t cleanupMs = 2'000; ///< for what a plug-in may still ask for after it was cancelled
};

/// What the pump works with; belongs to the loop and outlives its pumps. [the loop's thread]
struct PumpContext
{
    net::ClientPool& pool;
    net::Workers& workers;                    ///< for events too large for a loop
    const net::ProxyRules* proxies = nullptr; ///< null: everything is direct
    ExchangeLimits limits{};
    UrlCache urls{};
};

/// Everything about one attempt. References and views outlive the pump.
struct PumpAttempt
{
    ChannelObjectPtr channel;
    const ExchangeRequest& request;
    AnswerSink& sink;
    net::Cancellation* under = nullptr; ///< the client connection's
    const net::Url* proxy = nullptr;    ///< the channel's own proxy; null: by the context's rules
    PumpDeadlines deadlines;
};

/// What is known about the provider's side, for the record that settles the request.
struct UpstreamFacts
{
    uint32_t calls = 0;        ///< requests that were begun
    int status = 0;            ///< of the last answer; 0: none came
    int64_t startedAt = -1;    ///< the loop's milliseconds: when the exchange began
    int64_t headAt = -1;       ///< first head of an answer
    int64_t firstTokenAt = -1; ///< when the sink was first committed
    bool sent = false;         ///< whether a request was sent whole (an answer came for it)
    uint64_t wireBytes = 0;    ///< of answers' bodies
};

enum class Ending : uint8_t
{
    finished,   ///< the answer is whole and flushed
    failed,     ///< `failure` says why; whether another candidate may be tried also depends on AnswerSink::committed()
    clientGone, ///< the client hung up, or takes nothing any more
    cancelled   ///< by PumpAttempt::under for another reason
};

struct PumpOutcome
{
    Ending ending = Ending::failed;
    net::CancelReason cancelReason = net::CancelReason::none; ///< when clientGone or cancelled
    std::unique_ptr<Failure> failure;                         ///< when failed
    UpstreamFacts upstream;
};

/// Runs the exchange to its end. When it returns, the upstream connections that were not read to their end are closed
/// and the plug-in's exchange is destroyed. A client that leaves closes them in the same turn of the loop. [the loop's
/// thread]
net::Task<PumpOutcome> pump(PumpContext& context, PumpAttempt attempt);

} // namespace switchyard::providers
