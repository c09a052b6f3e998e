#include "store/options.h"

#include "base/text.h"

#include <Poco/Exception.h>
#include <Poco/JSON/Parser.h>
#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

namespace switchyard::store
{

namespace
{

struct Default
{
    const char* key;
    const char* value;
};

// config.md 3. ModelRatio and CompletionRatio have built-in tables that belong to the ledger; '' means those.
constexpr Default kDefaults[] = {
    {"PasswordLoginEnabled", "true"},
    {"PasswordRegisterEnabled", "true"},
    {"EmailVerificationEnabled", "false"},
    {"GitHubOAuthEnabled", "false"},
    {"OidcEnabled", "false"},
    {"WeChatAuthEnabled", "false"},
    {"TurnstileCheckEnabled", "false"},
    {"RegisterEnabled", "true"},
    {"AutomaticDisableChannelEnabled", "false"},
    {"AutomaticEnableChannelEnabled", "false"},
    {"ApproximateTokenEnabled", "false"},
    {"LogConsumeEnabled", "true"},
    {"DisplayInCurrencyEnabled", "true"},
    {"DisplayTokenStatEnabled", "true"},
    {"EmailDomainRestrictionEnabled", "false"},
    {"EmailDomainWhitelist",
     "gmail.com,163.com,126.com,qq.com,outlook.com,hotmail.com,icloud.com,yahoo.com,foxmail.com"},
    {"ChannelDisableThreshold", "5"},
    {"SMTPServer", ""},
    {"SMTPPort", "587"},
    {"SMTPAccount", ""},
    {"SMTPFrom", ""},
    {"SMTPToken", ""},
    {"Notice", ""},
    {"About", ""},
    {"HomePageContent", ""},
    {"Footer", ""},
    {"SystemName", "One API"},
    {"Logo", ""},
    {"ServerAddress", ""},
    {"GitHubClientId", ""},
    {"GitHubClientSecret", ""},
    {"WeChatServerAddress", ""},
    {"WeChatServerToken", ""},
    {"WeChatAccountQRCodeImageURL", ""},
    {"MessagePusherAddress", ""},
    {"MessagePusherToken", ""},
    {"TurnstileSiteKey", ""},
    {"TurnstileSecretKey", ""},
    {"QuotaForNewUser", "0"},
    {"QuotaForInviter", "0"},
    {"QuotaForInvitee", "0"},
    {"QuotaRemindThreshold", "1000"},
    {"PreConsumedQuota", "500"},
    {"HoldWait", "10"},          // ours: seconds that a request waits for other holds of its account
    {"HoldTokensCap", "65536"},  // ours: the most output tokens that one hold covers
    {"ModelMaxOutput", ""},      // ours: {"model": tokens}, for models that the built-in table does not know
    {"ModelRatio", ""},
    {"UnknownModelRatio", "30"}, // ours: a ratio, or `refuse`
    {"CompletionRatio", ""},
    {"GroupRatio", R"({"default":1,"svip":1,"vip":1})"},
    {"RateLimits", ""}, // ours: JSON by scope; accounts/limit_rules.h
    {"TopUpLink", ""},
    {"ChatLink", ""},
    {"QuotaPerUnit", "500000"},
    {"RetryTimes", "15"}, // One API: 0. A gateway that loses no answer tries all its channels
    {"Theme", "default"},
};

/// Nothing when `json` is no object of numbers: the caller then keeps the table that it has (config.md 6, defect 3).
std::optional<std::map<std::string, double, std::less<>>> numbersOf(const std::string& json)
{
    std::map<std::string, double, std::less<>> numbers;
    try
    {
        const auto object = Poco::JSON::Parser().parse(json).extract<Poco::JSON::Object::Ptr>();
        for (const auto& [name, value] : *object)
            numbers[name] = value.convert<double>();
    }
    catch (const Poco::Exception&)
    {
        return std::nullopt;
    }
    return numbers;
}

} // namespace

Options::Options()
{
    for (const Default& option : kDefaults)
        set(option.key, option.value);
}

void Options::set(std::string_view key, std::string value)
{
    if (key == "GroupRatio")
    {
        auto ratios = numbersOf(value);
        if (!ratios) return;
        groupRatios_ = std::move(*ratios);
    }
    std::string& kept = values_[std::string(key)];
    kept = std::move(value);
    if (key == "RetryTimes")
        retryTimes_ = static_cast<int>(std::clamp<int64_t>(integer(key), 0, std::numeric_limits<int>::max() - 1));
}

const std::string& Options::text(std::string_view key) const noexcept
{
    static const std::string nothing;
    const auto at = values_.find(key);
    return at == values_.end() ? nothing : at->second;
}

double Options::number(std::string_view key) const noexcept
{
    const std::string_view value = trim(text(key));
    double number = 0;
    const auto [stop, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    return error == std::errc() && stop == value.data() + value.size() && std::isfinite(number) ? number : 0;
}

int64_t Options::integer(std::string_view key) const noexcept { return parseInt(trim(text(key))).value_or(0); }

double Options::groupRatio(std::string_view group) const noexcept
{
    const auto at = groupRatios_.find(group);
    return at == groupRatios_.end() ? 1 : at->second;
}

bool Options::hidden(std::string_view key) noexcept
{
    return key.ends_with("Token") || key.ends_with("Secret") || key == "TurnstileSecretKey";
}

} // namespace switchyard::store
