#include "relay/error_render.h"

#include "base/text.h"
#include "relay/body_scan.h"
#include "relay/byte_texts.h"
#include "switchyard/json_view.hpp"

#include <algorithm>

namespace switchyard::relay
{

namespace
{

using providers::Cause;
using providers::Failure;
using providers::Scope;
using sdk::JsonView;

constexpr size_t kKeptBody = 4096;   // of the provider's bytes, for the log
constexpr size_t kShownBody = 500;   // of a body without a message in it, for the client

/// A prefix of at most `most` bytes that splits no character.
std::string_view cut(std::string_view text, size_t most)
{
    if (text.size() <= most) return text;
    while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0) == 0x80)
        --most;
    return text.substr(0, most);
}

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

/// The first non-empty text among the places where relatives of OpenAI put their message (relay.md 8).
std::string messageIn(const JsonView& body)
{
    for (const char* name : {"message", "msg", "err", "error_msg", "error", "detail"})
        if (body[name].isString() && body[name].json().size() > 2) return body[name].text();
    for (const JsonView& nested : {body["header"]["message"], body["response"]["error"]["message"], body["detail"].at(0)["msg"]})
        if (nested.isString() && nested.json().size() > 2) return nested.text();
    return {};
}

struct Meaning
{
    Cause cause;
    Scope scope;
};

/// What the provider's own words for the error mean. They come before the status: OpenAI says 429 for "pay first" too.
bool meaningOfWords(std::string_view words, Meaning& meaning)
{
    static constexpr struct
    {
        std::string_view word;
        Meaning meaning;
    } rows[] = {
        {"insufficient_quota", {Cause::quota, Scope::key}},
        {"insufficient_user_quota", {Cause::quota, Scope::key}},
        {"billing", {Cause::quota, Scope::key}},
        {"account_deactivated", {Cause::auth, Scope::key}},
        {"invalid_api_key", {Cause::auth, Scope::key}},
        {"authentication_error", {Cause::auth, Scope::key}},
        {"permission_error", {Cause::auth, Scope::key}},
        {"context_length_exceeded", {Cause::tooLong, Scope::request}},
        {"content_filter", {Cause::filtered, Scope::request}},
        {"content_policy_violation", {Cause::filtered, Scope::request}},
        {"model_not_found", {Cause::noModel, Scope::model}},
        {"model_decommissioned", {Cause::noModel, Scope::model}},
        {"rate_limit", {Cause::rate, Scope::key}},
        {"overloaded", {Cause::overloaded, Scope::channel}},
        {"invalid_request_error", {Cause::badRequest, Scope::request}},
        {"server_error", {Cause::upstreamBroken, Scope::channel}},
    };
    for (const auto& row : rows)
        if (contains(words, row.word))
        {
            meaning = row.meaning;
            return true;
        }
    return false;
}

Meaning meaningOfStatus(int status)
{
    switch (status)
    {
    case 400: case 405: case 406: case 409: case 411: case 415: case 422: return {Cause::badRequest, Scope::request};
    case 401: case 403: return {Cause::auth, Scope::key};
    case 402: return {Cause::quota, Scope::key};
    case 404: case 410: return {Cause::noModel, Scope::model};
    case 408: case 504: case 524: return {Cause::timeout, Scope::channel};
    case 413: return {Cause::tooLong, Scope::request};
    case 429: return {Cause::rate, Scope::key};
    case 503: case 529: return {Cause::overloaded, Scope::channel};
    default: return {Cause::upstreamBroken, Scope::channel};
    }
}

Meaning meaningOf(int status, const Failure& failure)
{
    // Words are more exact than a status, but "invalid request" is what some say of everything: of a refused key (OpenAI in
    // the type, DeepSeek in the code), of a missing deployment (Azure). Then a status that knows better counts.
    const auto vague = [&](const Meaning& said) {
        return said.cause == Cause::badRequest && status >= 400 && meaningOfStatus(status).cause != Cause::badRequest;
    };
    Meaning meaning{};
    if (meaningOfWords(failure.code, meaning) && !vague(meaning)) return meaning;
    if (meaningOfWords(failure.type, meaning) && !vague(meaning)) return meaning;
    return meaningOfStatus(status);
}

/// A status that a body carries itself (OpenRouter's numeric code, Groq's status_code), or 0.
int statusInside(const JsonView& error)
{
    for (const JsonView& value : {error["code"], error["status_code"], error["status"]})
        if (value.isNumber() && value.integer() >= 400 && value.integer() <= 599) return static_cast<int>(value.integer());
    return 0;
}

void readErrorObject(const JsonView& error, Failure& failure)
{
    failure.message = error["message"].text();
    failure.type = error["type"].text();
    failure.param = error["param"].text();
    const JsonView code = error["code"];
    if (code.isString())
        failure.code = code.text();
    else if (code && code.json().size() <= 64 && scanBody(code.json()).ok()) // it goes into our JSON as it is
        failure.codeJson = code.json();
}

std::string_view codeOf(Cause cause)
{
    switch (cause)
    {
    case Cause::badRequest: return "invalid_request";
    case Cause::auth: return "upstream_auth_failed";
    case Cause::quota: return "upstream_quota_exhausted";
    case Cause::rate: return "rate_limit_exceeded";
    case Cause::overloaded: return "upstream_overloaded";
    case Cause::noModel: return "model_not_found";
    case Cause::filtered: return "content_filter";
    case Cause::tooLong: return "context_length_exceeded";
    case Cause::unsupported: return "unsupported_parameter";
    case Cause::upstreamBroken: return "bad_response";
    case Cause::timeout: return "upstream_timeout";
    case Cause::internal: break;
    }
    return "internal_error";
}

} // namespace

int statusOf(Cause cause) noexcept
{
    switch (cause)
    {
    case Cause::badRequest: case Cause::filtered: case Cause::tooLong: case Cause::unsupported: return 400;
    case Cause::noModel: return 404;
    case Cause::rate: return 429;
    case Cause::overloaded: return 503;
    case Cause::timeout: return 504;
    case Cause::auth: case Cause::quota: case Cause::upstreamBroken: return 502;
    case Cause::internal: break;
    }
    return 500;
}

std::string errorBody(const ApiError& error, std::string_view requestId)
{
    std::string message = error.message;
    if (!requestId.empty()) message.append(" (request id: ").append(requestId).append(")");
    std::string out = R"({"error":{"message":)";
    appendJsonQuoted(out, message);
    out += R"(,"type":)";
    appendJsonQuoted(out, error.type);
    out += R"(,"param":)";
    appendJsonQuoted(out, error.param);
    out += R"(,"code":)";
    if (!error.codeJson.empty())
        out += error.codeJson;
    else if (error.code.empty())
        out += "null";
    else
        appendJsonQuoted(out, error.code);
    return out += "}}";
}

std::string errorFrame(const ApiError& error, std::string_view requestId)
{
    return "data: " + errorBody(error, requestId) + "\n\n";
}

Failure failureFromOpenAiError(int status, std::string_view body, int64_t retryAfterMs)
{
    Failure failure;
    failure.retryAfterMs = retryAfterMs;
    failure.upstream = cut(body, kKeptBody);
    const std::string_view text = trim(body);
    const JsonView json(text);
    const JsonView error = json["error"];
    if (error.isObject()) readErrorObject(error, failure);
    int shown = status >= 400 ? status : statusInside(error.isObject() ? error : json);
    const Meaning meaning = meaningOf(shown, failure);
    failure.cause = meaning.cause;
    failure.scope = meaning.scope;
    failure.httpStatus = shown;
    if (!failure.message.empty()) return failure;

    // Not OpenAI's shape: the status is what we know for certain (relay.md 8), the text is kept as far as it goes.
    if (shown == 0) shown = statusOf(meaning.cause);
    failure.message = messageIn(json);
    if (failure.type.empty()) failure.type = "upstream_error";
    if (failure.code.empty() && failure.codeJson.empty()) failure.code = "bad_response_status_code";
    if (failure.param.empty()) failure.param = std::to_string(shown);
    if (!failure.message.empty()) return failure;
    failure.message = "bad response status code " + std::to_string(shown);
    if (!text.empty()) failure.message.append(": ").append(cut(text, kShownBody));
    return failure;
}

ApiError errorOf(const Failure& failure, std::string_view channelName, int64_t channelId, accounts::Language language)
{
    ApiError error;
    error.status = failure.httpStatus >= 400 && failure.httpStatus <= 599 ? failure.httpStatus : statusOf(failure.cause);
    error.type = failure.type.empty() ? "upstream_error" : failure.type;
    error.code = failure.code;
    error.codeJson = failure.codeJson;
    // A provider that sends an error object may leave its code out: then it is null, as it said (relay.md 8). One that sends
    // something else has no code to keep.
    const bool ownWords = failure.httpStatus >= 400 && !failure.type.empty();
    if (error.code.empty() && error.codeJson.empty() && !ownWords)
        error.code = failure.httpStatus >= 400 ? "bad_response_status_code" : codeOf(failure.cause);
    error.param = failure.param.empty() && !ownWords && failure.httpStatus >= 400 ? std::to_string(failure.httpStatus) : failure.param;
    error.retryAfterSeconds = static_cast<int>((std::min<int64_t>(failure.retryAfterMs, 86400000) + 999) / 1000);
    std::string message = failure.message.empty() ? std::string(codeOf(failure.cause)) : failure.message;
    if (error.status == 429 && failure.cause != Cause::quota) message = texts::kRateLimited.in(language, {message});
    const std::string id = std::to_string(channelId);
    error.message = texts::kOfChannel.in(language, {message, channelName, id});
    return error;
}

} // namespace switchyard::relay
