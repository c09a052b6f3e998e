#include "conventions.h"

#include "switchyard/json_view.hpp"

namespace switchyard::openai
{

using sdk::JsonView;

namespace
{

/// The members that all vendors share; what is missing is not told.
Usage commonUsage(JsonView usage)
{
    Usage used;
    used.input = usage["prompt_tokens"].integer(-1);
    used.output = usage["completion_tokens"].integer(-1);
    used.cached = usage["prompt_tokens_details"]["cached_tokens"].integer(-1);
    used.reasoning = usage["completion_tokens_details"]["reasoning_tokens"].integer(-1);
    return used;
}

/// The first of two that was told.
int64_t either(int64_t first, int64_t second) { return first >= 0 ? first : second; }

struct CodeRow
{
    int64_t code;
    Cause cause;
    Scope scope;
    int status;
    const char* type;
};

template <size_t N>
const CodeRow* find(const CodeRow (&rows)[N], int64_t code)
{
    for (const CodeRow& row : rows)
        if (row.code == code) return &row;
    return nullptr;
}

template <size_t N>
Problem problemOf(const CodeRow (&rows)[N], JsonView code, JsonView message)
{
    Problem problem;
    problem.httpStatus = 502;
    if (const CodeRow* row = find(rows, code.integer()))
    {
        problem.cause = row->cause;
        problem.scope = row->scope;
        problem.httpStatus = row->status;
        problem.type = row->type;
    }
    problem.code = std::string(code.json());
    problem.message = message.text();
    return problem;
}

// minimax.md, Errors.
constexpr CodeRow kMiniMaxCodes[] = {
    {1000, Cause::upstreamBroken, Scope::channel, 500, "server_error"},
    {1001, Cause::timeout, Scope::channel, 504, "server_error"},
    {1002, Cause::rate, Scope::key, 429, "rate_limit_error"},
    {1004, Cause::auth, Scope::key, 401, "authentication_error"},
    {1008, Cause::quota, Scope::key, 402, "insufficient_quota"},
    {1013, Cause::upstreamBroken, Scope::channel, 500, "server_error"},
    {1024, Cause::upstreamBroken, Scope::channel, 500, "server_error"},
    {1026, Cause::filtered, Scope::request, 400, "content_filter"},
    {1027, Cause::filtered, Scope::request, 400, "content_filter"},
    {1033, Cause::upstreamBroken, Scope::channel, 500, "server_error"},
    {1039, Cause::rate, Scope::key, 429, "rate_limit_error"},
    {1041, Cause::rate, Scope::key, 429, "rate_limit_error"},
    {1042, Cause::badRequest, Scope::request, 400, "invalid_request_error"},
    {2013, Cause::badRequest, Scope::request, 400, "invalid_request_error"},
    {2045, Cause::rate, Scope::key, 429, "rate_limit_error"},
    {2049, Cause::auth, Scope::key, 401, "authentication_error"},
    {2056, Cause::quota, Scope::key, 429, "insufficient_quota"},
};

// xunfei.md, table of header.code, which the HTTP interface shares.
constexpr CodeRow kSparkCodes[] = {
    {10000, Cause::badRequest, Scope::request, 400, "invalid_request_error"},
    {10001, Cause::badRequest, Scope::request, 400, "invalid_request_error"},
    {10002, Cause::badRequest, Scope::request, 400, "invalid_request_error"},
    {10003, Cause::badRequest, Scope::request, 400, "invalid_request_error"},
    {10004, Cause::badRequest, Scope::request, 400, "invalid_request_error"},
    {10005, Cause::badRequest, Scope::request, 400, "invalid_request_error"},
    {10006, Cause::rate, Scope::key, 429, "rate_limit_error"},
    {10007, Cause::rate, Scope::key, 429, "rate_limit_error"},
    {10008, Cause::overloaded, Scope::channel, 503, "server_error"},
    {10009, Cause::upstreamBroken, Scope::channel, 500, "server_error"},
    {10010, Cause::overloaded, Scope::channel, 503, "server_error"},
    {10011, Cause::overloaded, Scope::channel, 503, "server_error"},
    {10012, Cause::overloaded, Scope::channel, 503, "server_error"},
    {10013, Cause::filtered, Scope::request, 400, "content_filter"},
    {10014, Cause::filtered, Scope::request, 400, "content_filter"},
    {10015, Cause::auth, Scope::key, 403, "permission_error"},
    {10016, Cause::quota, Scope::key, 403, "insufficient_quota"},
    {10110, Cause::overloaded, Scope::channel, 503, "server_error"},
    {10163, Cause::badRequest, Scope::request, 400, "invalid_request_error"},
    {10222, Cause::overloaded, Scope::channel, 503, "server_error"},
    {10907, Cause::tooLong, Scope::request, 400, "invalid_request_error"},
    {11200, Cause::quota, Scope::key, 403, "insufficient_quota"},
    {11201, Cause::rate, Scope::key, 429, "rate_limit_error"},
    {11202, Cause::rate, Scope::key, 429, "rate_limit_error"},
    {11203, Cause::rate, Scope::key, 429, "rate_limit_error"},
};
// The answer is complete and may be shown (xunfei.md).
constexpr int64_t kSparkSuspected = 10019;

} // namespace

void readUsageWithoutReasoning(std::string_view data, TapReport& report)
{
    const JsonView usage = JsonView(data)["usage"];
    if (!usage.isObject()) return;
    Usage used = commonUsage(usage);
    if (used.reasoning > 0 && usage["total_tokens"].integer() == used.input + used.output + used.reasoning)
        used.output += used.reasoning;
    // The vendor's own client guards against more cached than there were.
    if (used.cached > used.input) used.cached = used.input;
    report.usage = used;
}

void readErrorText(std::string_view data, TapReport& report)
{
    const JsonView answer(data);
    const JsonView error = answer["error"];
    if (!error.isString() || answer["choices"]) return;
    Problem problem;
    problem.message = error.text();
    problem.code = answer["code"].text();
    problem.httpStatus = 502;
    report.problem = std::move(problem);
}

void readUsageOfGroq(std::string_view data, TapReport& report)
{
    const JsonView answer(data);
    JsonView usage = answer["usage"];
    if (!usage.isObject()) usage = answer["x_groq"]["usage"];
    if (usage.isObject()) report.usage = commonUsage(usage);
}

void readUsageWithCacheHits(std::string_view data, TapReport& report)
{
    const JsonView usage = JsonView(data)["usage"];
    if (!usage.isObject()) return;
    Usage used = commonUsage(usage);
    used.cached = either(usage["prompt_cache_hit_tokens"].integer(-1), used.cached);
    report.usage = used;
}

void readUsageOfMistral(std::string_view data, TapReport& report)
{
    const JsonView usage = JsonView(data)["usage"];
    if (!usage.isObject()) return;
    Usage used = commonUsage(usage);
    used.cached = either(used.cached, usage["prompt_token_details"]["cached_tokens"].integer(-1));
    used.cached = either(used.cached, usage["num_cached_tokens"].integer(-1));
    report.usage = used;
}

void readUsageInChoice(std::string_view data, TapReport& report)
{
    const JsonView answer(data);
    JsonView usage = answer["usage"];
    if (!usage.isObject()) usage = answer["choices"].at(0)["usage"];
    if (!usage.isObject()) return;
    Usage used = commonUsage(usage);
    used.cached = either(used.cached, usage["cached_tokens"].integer(-1));
    report.usage = used;
}

void readUsageOfBot(std::string_view data, TapReport& report)
{
    const JsonView answer(data);
    JsonView usage = answer["usage"];
    if (!usage.isObject()) usage = answer["bot_usage"]["model_usage"].at(0);
    if (usage.isObject()) report.usage = commonUsage(usage);
}

void readErrorInBaseResp(std::string_view data, TapReport& report)
{
    const JsonView status = JsonView(data)["base_resp"];
    if (status["status_code"].integer() == 0) return;
    report.problem = problemOf(kMiniMaxCodes, status["status_code"], status["status_msg"]);
}

void readErrorInCode(std::string_view data, TapReport& report)
{
    const JsonView answer(data);
    const JsonView code = answer["code"];
    if (!code.isNumber() || code.integer() == 0 || code.integer() == kSparkSuspected) return;
    report.problem = problemOf(kSparkCodes, code, answer["message"]);
}

} // namespace switchyard::openai
