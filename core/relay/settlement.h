// What happened to a request, whole: the record that the one call of settle receives (ledger.md 4).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace switchyard::telemetry
{
class Logger;
}

namespace switchyard::relay
{

/// The branches of the published settlement rule (ledger.md 4).
enum class Branch
{
    usage,                  ///< the provider reported usage
    counted,                ///< delivered, no usage reported
    refundedUpstream,       ///< nothing delivered, the provider's fault
    refundedGateway,        ///< nothing delivered, ours or the client's mistake
    clientLeftBeforeOutput, ///< gone after the request was sent, before the first token
    clientLeft,             ///< gone later
    upstreamCut,            ///< upstream broke or failed after the first token
    free,                   ///< a model that costs nothing
    budgetEnd               ///< the balance ended in mid-stream
};

std::string_view nameOf(Branch branch) noexcept;

/// Token counts as the provider reported them, in the ABI's convention: input includes cached, output includes reasoning.
struct Usage
{
    bool reported = false; ///< the provider said something
    bool final = false;    ///< and said that it is all
    int64_t input = 0;
    int64_t output = 0;
    int64_t cached = 0;
    int64_t cacheWrite = 0;
    int64_t reasoning = 0;
    int64_t audioInput = 0;
    int64_t audioOutput = 0;
};

/// One try at one channel.
struct AttemptRecord
{
    int64_t channelId = 0;
    std::string_view channelName; ///< lives as long as the request's snapshot
    int status = 0;               ///< the provider's HTTP status; 0: there was no answer
    int64_t milliseconds = 0;
    std::string error;            ///< empty: it delivered
};

struct Settlement
{
    std::string_view requestId;
    std::string_view operation;
    std::string_view requestedModel;
    std::string_view sentModel; ///< after the channel's mapping
    int64_t userId = 0;
    int64_t tokenId = 0;
    std::string_view tokenName;
    int64_t channelId = 0; ///< that delivered, or was tried last; 0: none
    Branch branch = Branch::refundedGateway;
    bool stream = false;
    bool systemPromptReset = false;
    int status = 0;                ///< that the client got
    Usage usage;
    int64_t quota = 0;             ///< charged, in points
    int64_t unpaid = 0;
    int64_t held = 0;
    uint64_t deliveredBytes = 0;   ///< of the answer's body, accepted by the client's socket
    uint64_t deliveredFrames = 0;
    std::string finish;            ///< finish reason, if one was seen
    std::string upstreamId;        ///< the provider's id of the answer or request
    int64_t startedAt = 0;         ///< Unix milliseconds
    int64_t firstTokenMs = -1;     ///< from start to the first semantic token; -1: there was none
    int64_t elapsedMs = 0;
    std::vector<AttemptRecord> attempts;
};

/// The one place where a request ends, whatever happened. Writes the record to the structured log; never fails. Each
/// request that passed authentication gets exactly one.
class Settler
{
public:
    explicit Settler(telemetry::Logger& log) : log_(log) {}
    void settle(const Settlement& settlement);

private:
    telemetry::Logger& log_;
};

} // namespace switchyard::relay
