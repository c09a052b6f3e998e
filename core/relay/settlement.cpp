#include "relay/settlement.h"

#include "telemetry/log.h"

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
    }
    return "unknown";
}

namespace
{

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
    log_.info("settled", {{"request_id", s.requestId},
                          {"operation", s.operation},
                          {"model", s.requestedModel},
                          {"sent_model", s.sentModel},
                          {"user", s.userId},
                          {"token", s.tokenId},
                          {"token_name", s.tokenName},
                          {"channel", s.channelId},
                          {"branch", nameOf(s.branch)},
                          {"stream", s.stream},
                          {"system_prompt_reset", s.systemPromptReset},
                          {"status", s.status},
                          {"usage_reported", s.usage.reported},
                          {"usage_final", s.usage.final},
                          {"input_tokens", s.usage.input},
                          {"output_tokens", s.usage.output},
                          {"cached_tokens", s.usage.cached},
                          {"reasoning_tokens", s.usage.reasoning},
                          {"delivered_bytes", s.deliveredBytes},
                          {"delivered_frames", s.deliveredFrames},
                          {"finish", s.finish},
                          {"upstream_id", s.upstreamId},
                          {"started_at", s.startedAt},
                          {"first_token_ms", s.firstTokenMs},
                          {"elapsed_ms", s.elapsedMs},
                          {"attempts", inOneLine(s.attempts)}});
}

} // namespace switchyard::relay
