#include "failure.h"

#include "error_body.h"
#include "family.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>

namespace switchyard::openai
{

namespace
{

using Where = Word::Where;

// Words of the OpenAI API and of servers that copy it. The first that fits decides.
constexpr Word kWords[] = {
    {Where::code, "insufficient_quota", Cause::quota, Scope::key},
    {Where::code, "billing_hard_limit_reached", Cause::quota, Scope::key},
    {Where::code, "billing_not_active", Cause::quota, Scope::key},
    {Where::code, "insufficient_user_quota", Cause::quota, Scope::key},
    {Where::code, "invalid_api_key", Cause::auth, Scope::key},
    {Where::code, "account_deactivated", Cause::auth, Scope::key},
    {Where::code, "authentication_error", Cause::auth, Scope::key},
    {Where::code, "context_length_exceeded", Cause::tooLong, Scope::request},
    {Where::code, "string_above_max_length", Cause::tooLong, Scope::request},
    {Where::code, "tokens_limit_reached", Cause::tooLong, Scope::request},
    {Where::code, "content_filter", Cause::filtered, Scope::request},
    {Where::code, "content_policy_violation", Cause::filtered, Scope::request},
    {Where::code, "moderation_blocked", Cause::filtered, Scope::request},
    {Where::code, "model_not_found", Cause::noModel, Scope::model},
    {Where::code, "unknown_model", Cause::noModel, Scope::model},
    {Where::code, "rate_limit", Cause::rate, Scope::key},
    {Where::code, "overloaded_error", Cause::overloaded, Scope::channel},
    {Where::message, "maximum context length", Cause::tooLong, Scope::request},
    {Where::message, "context length exceeded", Cause::tooLong, Scope::request},
    {Where::message, "context window", Cause::tooLong, Scope::request},
    {Where::message, "incorrect api key", Cause::auth, Scope::key},
    {Where::message, "api key not valid", Cause::auth, Scope::key},
    {Where::message, "api key expired", Cause::auth, Scope::key},
    {Where::message, "credit balance is too low", Cause::quota, Scope::key},
    {Where::message, "已欠费", Cause::quota, Scope::key},
};

struct StatusRow
{
    int first, last;
    Cause cause;
    Scope scope;
};
constexpr StatusRow kStatuses[] = {
    {300, 399, Cause::upstreamBroken, Scope::channel}, // redirects are not followed
    {401, 401, Cause::auth, Scope::key},
    {402, 402, Cause::quota, Scope::key},
    {403, 403, Cause::auth, Scope::key},
    {404, 404, Cause::noModel, Scope::model},
    {405, 405, Cause::upstreamBroken, Scope::channel}, // a wrong base URL
    {408, 408, Cause::timeout, Scope::channel},
    {410, 410, Cause::noModel, Scope::model},
    {413, 413, Cause::tooLong, Scope::request},
    {429, 429, Cause::rate, Scope::key},
    {451, 451, Cause::filtered, Scope::request},
    {498, 498, Cause::overloaded, Scope::channel}, // Groq: no flex capacity
    {400, 499, Cause::badRequest, Scope::request},
    {503, 503, Cause::overloaded, Scope::channel},
    {504, 504, Cause::timeout, Scope::channel},
    {524, 524, Cause::timeout, Scope::channel}, // Cloudflare: the origin took too long
    {529, 529, Cause::overloaded, Scope::channel},
};

std::string lower(std::string_view text)
{
    std::string out(text);
    for (char& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return out;
}

struct Lowered
{
    std::string code, type, message;
};

bool fits(const Word& word, int status, const Lowered& error)
{
    if (word.status != 0 && word.status != status) return false;
    if (word.where == Where::message) return error.message.find(word.word) != std::string::npos;
    return error.code.starts_with(word.word) || error.type.starts_with(word.word);
}

void replaceAll(std::string& text, std::string_view what, std::string_view with)
{
    for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
        text.replace(at, what.size(), with);
}

int64_t daysFromCivil(int64_t year, int64_t month, int64_t day)
{
    year -= month <= 2;
    const int64_t era = (year >= 0 ? year : year - 399) / 400;
    const int64_t yearOfEra = year - era * 400;
    const int64_t dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719468;
}

bool digits(std::string_view text, int64_t& value)
{
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size() && value >= 0;
}

/// "Sun, 06 Nov 1994 08:49:37 GMT" in milliseconds since 1970; -1: no such date.
int64_t httpDate(std::string_view date)
{
    constexpr std::array<std::string_view, 12> months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    if (date.size() != 29 || !date.ends_with(" GMT")) return -1;
    const auto month = std::find(months.begin(), months.end(), date.substr(8, 3));
    int64_t day = 0, year = 0, hour = 0, minute = 0, second = 0;
    if (month == months.end() || !digits(date.substr(5, 2), day) || !digits(date.substr(12, 4), year) ||
        !digits(date.substr(17, 2), hour) || !digits(date.substr(20, 2), minute) || !digits(date.substr(23, 2), second))
        return -1;
    return (daysFromCivil(year, month - months.begin() + 1, day) * 86400 + hour * 3600 + minute * 60 + second) * 1000;
}

} // namespace

Problem readFailure(int status, std::string_view body, std::span<const Word> words, std::string_view key)
{
    const ErrorBody error = readErrorBody(body);
    Problem problem;
    problem.httpStatus = status;
    for (const StatusRow& row : kStatuses)
        if (status >= row.first && status <= row.last)
        {
            problem.cause = row.cause;
            problem.scope = row.scope;
            break;
        }
    const Lowered lowered{lower(error.code), lower(error.type), lower(error.message)};
    const auto decide = [&](std::span<const Word> list)
    {
        for (const Word& word : list)
            if (fits(word, status, lowered))
            {
                problem.cause = word.cause;
                problem.scope = word.scope;
                return true;
            }
        return false;
    };
    if (!decide(words)) decide(kWords);
    problem.type = error.type;
    problem.code = error.code;
    problem.param = error.param;
    problem.message =
        error.message.empty() ? "the upstream answered with status " + std::to_string(status) : error.message;
    hideKey(problem.message, key);
    return problem;
}

void hideKey(std::string& text, std::string_view key)
{
    // A shorter one is no secret worth the words that happen to hold it.
    if (key.size() >= 8) replaceAll(text, key, "***");
}

int64_t retryAfter(std::string_view millis, std::string_view value, int64_t nowMs)
{
    constexpr int64_t longest = 7 * 86'400'000; // more is not a wait but a mistake
    const auto whole = [](std::string_view number) { return number.substr(0, number.find('.')); };
    int64_t amount = 0;
    if (digits(whole(millis), amount)) return std::min(amount, longest);
    if (digits(whole(value), amount)) return std::min(amount, longest / 1000) * 1000;
    const int64_t at = httpDate(value);
    return at > nowMs ? std::min(at - nowMs, longest) : 0;
}

} // namespace switchyard::openai
