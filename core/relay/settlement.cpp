#include "relay/settlement.h"

#include "telemetry/log.h"

#include <array>
#include <span>

namespace switchyard::relay
{

std::string_view nameOf(Branch branch) noexcept
{
    switch (branch)
    {
    case Branch::usage: return "usage";
    case Branch::counted: return "counted";
    case Branch::refundedUpstream: return "refunded_upstream";
    case Branch::refundedGateway: return "refunded_gateway";
    case Branch::clientLeftBeforeOutput: return "client_left_before_output";
    case Branch::clientLeft: return "client_left";
    case Branch::upstreamCut: return "upstream_cut";
    case Branch::free: return "free";
    case Branch::budgetEnd: return "budget_end";
    }
    return "unknown";
}

namespace
{

const telemetry::Field kNothing{"none", false};

// "7:backup 502 130ms upstream closed the connection; 3:main 200 870ms"
std::string inOneLine(const std::vector<AttemptRecord>& attempts)
{
    std::string line;
    for (const AttemptRecord& attempt : attempts)
    {
        if (!line.empty()) line += "; ";
        line += std::to_string(attempt.channelId);
        ((line += ':') += attempt.channelName) += ' ';
        ((line += std::to_string(attempt.status)) += ' ') += std::to_string(attempt.milliseconds);
        line += "ms";
        if (!attempt.error.empty()) (line += ' ') += attempt.error;
    }
    return line;
}

} // namespace

void Settler::settle(const Settlement& s)
{
    if (!log_.enabled(telemetry::Level::info)) return;
    using telemetry::Field;
    std::array<Field, 28> fields{Field("request_id", s.requestId), Field("operation", s.operation),
                                 Field("model", s.requestedModel), Field("user", s.userId), Field("token", s.tokenId),
                                 Field("token_name", s.tokenName), Field("channel", s.channelId),
                                 Field("branch", nameOf(s.branch)), Field("stream", s.stream), Field("status", s.status),
                                 Field("delivered_bytes", s.deliveredBytes), Field("delivered_frames", s.deliveredFrames),
                                 Field("started_at", s.startedAt), Field("elapsed_ms", s.elapsedMs), kNothing, kNothing,
                                 kNothing, kNothing, kNothing, kNothing, kNothing, kNothing, kNothing, kNothing, kNothing,
                                 kNothing, kNothing, kNothing};
    size_t count = 14;
    const auto add = [&](bool told, const Field& field) {
        if (told) fields[count++] = field;
    };
    // A field that is not there is zero, false, empty, or what the model's name says already.
    const std::string attempts = inOneLine(s.attempts);
    add(s.sentModel != s.requestedModel, {"sent_model", s.sentModel});
    add(s.quota != 0, {"quota", s.quota});
    add(s.unpaid != 0, {"unpaid", s.unpaid});
    add(s.usage.reported, {"input_tokens", s.usage.input});
    add(s.usage.reported, {"output_tokens", s.usage.output});
    add(s.usage.reported, {"usage_final", s.usage.final});
    add(s.usage.cached != 0, {"cached_tokens", s.usage.cached});
    add(s.usage.cacheWrite != 0, {"cache_write_tokens", s.usage.cacheWrite});
    add(s.usage.reasoning != 0, {"reasoning_tokens", s.usage.reasoning});
    add(s.systemPromptReset, {"system_prompt_reset", s.systemPromptReset});
    add(!s.finish.empty(), {"finish", s.finish});
    add(!s.upstreamId.empty(), {"upstream_id", s.upstreamId});
    add(s.firstTokenMs >= 0, {"first_token_ms", s.firstTokenMs});
    add(!attempts.empty(), {"attempts", attempts});
    log_.log(telemetry::Level::info, "settled", std::span(fields.data(), count));
}

} // namespace switchyard::relay
