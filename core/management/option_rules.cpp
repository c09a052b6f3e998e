#include "management/option_rules.h"

#include "base/text.h"
#include "ledger/price/price_book.h"
#include "management/refusal.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace switchyard::management
{

namespace
{

constexpr Text kBadKey{"The field `key` must be an option's name of 1 to 191 characters.",
                       "字段 `key` 必须是 1 到 191 个字符的选项名。"};
constexpr Text kBadRatios{"`{}`: {}. The ratios in force stay.", "`{}` 无效：{}。原有倍率保持不变。"};
constexpr Text kBadTheme{"`Theme` must be default, berry or air.", "`Theme` 只能是 default、berry 或 air。"};
constexpr Text kBadFlag{"`{}` must be true or false.", "`{}` 只能是 true 或 false。"};
constexpr Text kBadNumber{"`{}` must be a number from {} to {}.", "`{}` 必须是 {} 到 {} 之间的数字。"};
constexpr Text kBadUnknownRatio{"`UnknownModelRatio` must be a number from 0 to 1000000, or refuse.",
                                "`UnknownModelRatio` 必须是 0 到 1000000 之间的数字，或者 refuse。"};
constexpr Text kNeeds{"`{}` can be switched on when `{}` has been set.", "启用 `{}` 前请先设置 `{}`。"};

struct Range
{
    std::string_view key;
    double least, most;
    bool whole;
};

constexpr double kMostPoints = 9007199254740992.0; // what a page's numbers hold exactly

constexpr Range kRanges[] = {
    {"SMTPPort", 0, 65535, true},
    {"QuotaForNewUser", 0, kMostPoints, true},
    {"QuotaForInviter", 0, kMostPoints, true},
    {"QuotaForInvitee", 0, kMostPoints, true},
    {"QuotaRemindThreshold", 0, kMostPoints, true},
    {"PreConsumedQuota", 0, kMostPoints, true},
    {"RetryTimes", 0, 1000, true},
    {"ChannelDisableThreshold", 0, 1000000, false},
    {"QuotaPerUnit", 1, kMostPoints, false},
    {"HoldWait", 0, 3600, false},
    {"HoldTokensCap", 0, 1000000000, true},
};

constexpr std::array<std::string_view, 3> kRatios{"ModelRatio", "CompletionRatio", "GroupRatio"};

struct Need
{
    std::string_view flag, option;
};

constexpr Need kNeeded[] = {
    {"GitHubOAuthEnabled", "GitHubClientId"},
    {"OidcEnabled", "OidcClientId"},
    {"EmailDomainRestrictionEnabled", "EmailDomainWhitelist"},
    {"WeChatAuthEnabled", "WeChatServerAddress"},
    {"TurnstileCheckEnabled", "TurnstileSiteKey"},
};

std::optional<double> numberOf(std::string_view text)
{
    text = trim(text);
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(number)) return std::nullopt;
    return number;
}

std::string shown(double number) { return std::to_string(static_cast<int64_t>(number)); }

void checkNumber(const Range& range, const std::string& value)
{
    const auto number = numberOf(value);
    const bool good = number && *number >= range.least && *number <= range.most &&
                      (!range.whole || *number == std::floor(*number));
    if (!good) throw Refusal(kBadNumber, {range.key, shown(range.least), shown(range.most)});
}

bool isFlag(std::string_view key)
{
    static const store::Options defaults;
    const std::string& usual = defaults.text(key);
    return usual == "true" || usual == "false";
}

void checkFlag(std::string_view key, const std::string& value, const store::Options& options)
{
    if (value != "true" && value != "false") throw Refusal(kBadFlag, {key});
    if (value == "false") return;
    for (const Need& need : kNeeded)
        if (need.flag == key && trim(options.text(need.option)).empty()) throw Refusal(kNeeds, {key, need.option});
}

} // namespace

void checkOption(std::string_view key, const std::string& value, const store::Options& options)
{
    constexpr size_t kLongestKey = 191; // of the column
    if (key.empty() || key.size() > kLongestKey) throw Refusal(kBadKey);
    if (std::find(kRatios.begin(), kRatios.end(), key) != kRatios.end())
    {
        const auto ratios = ledger::readRatios(value);
        if (!ratios) throw Refusal(kBadRatios, {key, ratios.error()});
        return;
    }
    if (key == "Theme" && value != "default" && value != "berry" && value != "air") throw Refusal(kBadTheme);
    if (key == "UnknownModelRatio" && value != "refuse")
    {
        const auto ratio = numberOf(value);
        if (!ratio || *ratio < 0 || *ratio > 1000000) throw Refusal(kBadUnknownRatio);
    }
    for (const Range& range : kRanges)
        if (range.key == key) return checkNumber(range, value);
    if (isFlag(key)) checkFlag(key, value, options);
}

} // namespace switchyard::management
