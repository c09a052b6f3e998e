#include "management/channel_balance.h"

#include "base/text.h"
#include "management/refusal.h"

#include <Poco/JSON/Parser.h>
#include <charconv>
#include <cmath>
#include <ctime>

namespace switchyard::management
{

namespace
{

using Object = Poco::JSON::Object::Ptr;

constexpr Text kNone{"Channels of type {} have no balance query. Look at the provider's own page.",
                     "类型 {} 的渠道不支持查询余额，请到服务商页面查看。"};
constexpr Text kFailed{"The balance of channel {} could not be read: {}", "查询渠道 {} 的余额失败：{}"};

/// How a provider is asked, and where in its answer the amount stands. A path has its pieces between dots.
struct Query
{
    int type;
    const char* base; ///< where the channel's own base URL is empty
    bool ownBase;     ///< the channel's base URL counts; else the query always goes to `base`
    const char* path; ///< KEY stands for the channel's key
    const char* plus;
    const char* minus;    ///< null: nothing is taken off
    const char* keyHeader; ///< null: `Authorization: Bearer`
    const char* refusedUnless; ///< a member that must be there and not null; null: none
    const char* reason;        ///< the member that says why it was refused
};

// balance.md. An address of One API's list is the default where ours lets a channel name another.
constexpr Query kQueries[] = {
    {4, "https://api.closeai-proxy.xyz", true, "/dashboard/billing/credit_grants", "total_available", nullptr, nullptr, nullptr, nullptr},
    {5, "https://api.openai-sb.com", true, "/sb-api/user/status?api_key=KEY", "data.credit", nullptr, nullptr, "data", "msg"},
    {10, "https://aiproxy.io", false, "/api/report/getUserOverview", "data.totalPoints", nullptr, "Api-Key", "data", "message"},
    {12, "https://api.api2gpt.com", true, "/dashboard/billing/credit_grants", "total_remaining", nullptr, nullptr, nullptr, nullptr},
    {13, "https://api.aigc2d.com", true, "/dashboard/billing/credit_grants", "total_available", nullptr, nullptr, nullptr, nullptr},
    {20, "https://openrouter.ai/api", true, "/v1/credits", "data.total_credits", "data.total_usage", nullptr, "data", "error.message"},
    {36, "https://api.deepseek.com", true, "/user/balance", "balance_infos.0.total_balance", nullptr, nullptr, nullptr, nullptr},
    {44, "https://api.siliconflow.cn", true, "/v1/user/info", "data.totalBalance", nullptr, nullptr, "data", "message"},
};

/// Why there is no balance; becomes a Refusal that names the channel.
struct Failure
{
    std::string reason;
};

std::string replaced(std::string text, std::string_view what, std::string_view with)
{
    const size_t at = text.find(what);
    if (at != std::string::npos) text.replace(at, what.size(), with);
    return text;
}

Object get(Upstreams& upstreams, const store::Channel& channel, const std::string& url, const char* keyHeader)
{
    Fetch fetch;
    fetch.url = url;
    fetch.proxy = channel.settings.proxy;
    fetch.headers.emplace_back("Accept", "application/json");
    fetch.headers.emplace_back(keyHeader ? keyHeader : "Authorization", (keyHeader ? "" : "Bearer ") + channel.key);
    const auto fetched = upstreams.fetch(fetch);
    if (!fetched) throw Failure{fetched.error()};
    if (fetched->status != 200) throw Failure{"the upstream answered with status " + std::to_string(fetched->status)};
    try
    {
        Poco::JSON::Parser parser;
        parser.setDepth(64);
        return parser.parse(fetched->body).extract<Object>();
    }
    catch (const Poco::Exception&)
    {
        throw Failure{"the answer is no JSON object"};
    }
}

Poco::Dynamic::Var at(const Object& answer, std::string_view path)
{
    Poco::Dynamic::Var value = answer;
    for (const std::string_view piece : split(path, '.'))
    {
        if (value.type() == typeid(Object))
            value = value.extract<Object>()->get(std::string(piece));
        else if (value.type() == typeid(Poco::JSON::Array::Ptr))
            value = value.extract<Poco::JSON::Array::Ptr>()->get(static_cast<unsigned>(parseInt(piece).value_or(0)));
        else
            return {};
    }
    return value;
}

/// Amounts come as numbers or as texts.
double amount(const Object& answer, std::string_view path)
{
    const Poco::Dynamic::Var value = at(answer, path);
    double number = std::nan("");
    if (value.isString())
    {
        const std::string text(trim(value.extract<std::string>()));
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
        if (error != std::errc() || end != text.data() + text.size()) number = std::nan("");
    }
    else if (value.isNumeric() && !value.isBoolean())
        number = value.convert<double>();
    if (!std::isfinite(number)) throw Failure{"the answer has no amount at `" + std::string(path) + "`"};
    return number;
}

std::string base(const store::Channel& channel, const char* otherwise, bool own)
{
    std::string url = own && !channel.baseUrl.empty() ? channel.baseUrl : otherwise;
    while (url.ends_with('/'))
        url.pop_back();
    return url;
}

double ask(Upstreams& upstreams, const store::Channel& channel, const Query& query)
{
    const std::string url = base(channel, query.base, query.ownBase) + replaced(query.path, "KEY", channel.key);
    const Object answer = get(upstreams, channel, url, query.keyHeader);
    if (query.refusedUnless && at(answer, query.refusedUnless).isEmpty())
    {
        const Poco::Dynamic::Var reason = at(answer, query.reason);
        throw Failure{reason.isString() ? reason.extract<std::string>() : "the upstream refused and gave no reason"};
    }
    return amount(answer, query.plus) - (query.minus ? amount(answer, query.minus) : 0);
}

std::string dateOf(std::time_t seconds)
{
    std::tm day{};
    localtime_r(&seconds, &day);
    char text[16];
    return std::string(text, std::strftime(text, sizeof(text), "%Y-%m-%d", &day));
}

// OpenAI's old billing pages, which live on at resellers: what may be spent less what was, in cents, this month.
double askSubscription(Upstreams& upstreams, const store::Channel& channel, int64_t now)
{
    constexpr std::time_t kWithoutPayment = 100 * 86400;
    constexpr double kCents = 100;
    const std::string root = base(channel, "https://api.openai.com", true) + "/v1/dashboard/billing/";
    const Object subscription = get(upstreams, channel, root + "subscription", nullptr);
    const Poco::Dynamic::Var pays = subscription->get("has_payment_method");
    const std::time_t today = static_cast<std::time_t>(now);
    std::string from = dateOf(today).substr(0, 8) + "01";
    if (!pays.isEmpty() && pays.isBoolean() && !pays.convert<bool>()) from = dateOf(today - kWithoutPayment);
    const Object usage =
        get(upstreams, channel, root + "usage?start_date=" + from + "&end_date=" + dateOf(today), nullptr);
    return amount(subscription, "hard_limit_usd") - amount(usage, "total_usage") / kCents;
}

} // namespace

double askBalance(Upstreams& upstreams, const store::Channel& channel, int64_t now)
{
    constexpr int kOpenAi = 1;
    constexpr int kCustom = 8;
    try
    {
        if (channel.type == kOpenAi || channel.type == kCustom) return askSubscription(upstreams, channel, now);
        for (const Query& query : kQueries)
            if (query.type == channel.type) return ask(upstreams, channel, query);
    }
    catch (const Failure& failure)
    {
        throw Refusal(kFailed, {channel.name, failure.reason});
    }
    throw Refusal(kNone, {std::to_string(channel.type)});
}

} // namespace switchyard::management
