#include "relay/settlement.h"

#include "telemetry/log.h"

#include <charconv>

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

void appendNumber(std::string& line, int64_t number)
{
    char digits[24];
    line.append(digits, std::to_chars(digits, digits + sizeof(digits), number).ptr);
}

// "7:backup 502 130ms upstream closed the connection; 3:main 200 870ms"
std::string_view inOneLine(const std::vector<AttemptRecord>& attempts)
{
    thread_local std::string line; // keeps its room
    line.clear();
    for (const AttemptRecord& attempt : attempts)
    {
        if (!line.empty()) line += "; ";
        appendNumber(line, attempt.channelId);
        ((line += ':') += attempt.channelName) += ' ';
        appendNumber(line, attempt.status);
        line += ' ';
        appendNumber(line, attempt.milliseconds);
        line += "ms";
        if (!attempt.error.empty()) (line += ' ') += attempt.error;
    }
    return line;
}

} // namespace

void Settler::settle(const Settlement& s)
{
    log_.write(telemetry::Level::info, "settled", [&](telemetry::LineWriter& line) {
        line.add("request_id", s.requestId);
        line.add("operation", s.operation);
        line.add("model", s.requestedModel);
        line.add("user", s.userId);
        line.add("token", s.tokenId);
        line.add("token_name", s.tokenName);
        line.add("channel", s.channelId);
        line.add("branch", nameOf(s.branch));
        line.add("stream", s.stream);
        line.add("status", s.status);
        line.add("delivered_bytes", s.deliveredBytes);
        line.add("delivered_frames", s.deliveredFrames);
        line.add("started_at", s.startedAt);
        line.add("elapsed_ms", s.elapsedMs);
        // A field that is not there is zero, false, empty, or what the model's name says already.
        if (s.sentModel != s.requestedModel) line.add("sent_model", s.sentModel);
        if (s.quota != 0) line.add("quota", s.quota);
        if (s.unpaid != 0) line.add("unpaid", s.unpaid);
        if (s.usage.reported)
        {
            line.add("input_tokens", s.usage.input);
            line.add("output_tokens", s.usage.output);
            line.add("usage_final", s.usage.final);
        }
        if (s.usage.cached != 0) line.add("cached_tokens", s.usage.cached);
        if (s.usage.cacheWrite != 0) line.add("cache_write_tokens", s.usage.cacheWrite);
        if (s.usage.reasoning != 0) line.add("reasoning_tokens", s.usage.reasoning);
        if (s.systemPromptReset) line.add("system_prompt_reset", s.systemPromptReset);
        if (!s.finish.empty()) line.add("finish", s.finish);
        if (!s.upstreamId.empty()) line.add("upstream_id", s.upstreamId);
        if (s.firstTokenMs >= 0) line.add("first_token_ms", s.firstTokenMs);
        if (!s.attempts.empty()) line.add("attempts", inOneLine(s.attempts));
    });
}

} // namespace switchyard::relay
