// Every sentence that authentication and routing say to a client, in English and Chinese. Tests compare statuses and
// codes, never these.
#pragma once

#include "accounts/language.h"

namespace switchyard::accounts::texts
{

inline constexpr Text kNoDatabase{"The gateway has not read its database yet. Try again in a moment.",
                                  "网关尚未读取到数据库，请稍后重试。"};
inline constexpr Text kMissingKey{
    "No API key was sent. Put `Authorization: Bearer sk-...` into the request; keys are made on the tokens page.",
    "请求中没有 API 密钥。请在请求头中加入 `Authorization: Bearer sk-...`，密钥可在令牌页面创建。"};
inline constexpr Text kUnknownKey{
    "This API key is not known here. Check it for missing characters, or create a new one.",
    "密钥不存在。请检查是否完整，或创建新的密钥。"};
inline constexpr Text kTokenExhausted{"The quota of token {} (#{}) is used up. Raise its quota or use another token.",
                                      "令牌 {}（#{}）的额度已用完，请提高额度或换用其他令牌。"};
inline constexpr Text kTokenExpired{"Token {} (#{}) has expired. Extend it or use another token.",
                                    "令牌 {}（#{}）已经过期，请延长有效期或换用其他令牌。"};
inline constexpr Text kTokenDisabled{"Token {} (#{}) is disabled. Enable it on the tokens page or use another one.",
                                     "令牌 {}（#{}）已停用，请在令牌页面启用或换用其他令牌。"};
inline constexpr Text kAddressNotAllowed{"Token {} (#{}) may be used only from {}; this request comes from {}.",
                                         "令牌 {}（#{}）仅允许在网段 {} 内使用，当前请求来自 {}。"};
inline constexpr Text kNoSuchUser{"Token {} (#{}) belongs to a user who does not exist. Ask the administrator.",
                                  "令牌 {}（#{}）所属的用户不存在，请联系管理员。"};
inline constexpr Text kUserDisabled{"The account {} is disabled. Ask the administrator.",
                                    "账号 {} 已被停用，请联系管理员。"};
inline constexpr Text kModelNotAllowed{"Token {} (#{}) may not use the model {}. Choose a model of its list.",
                                       "令牌 {}（#{}）不可使用模型 {}，请选择其列表中的模型。"};
inline constexpr Text kChannelForbidden{"Only administrators may choose a channel. Remove what follows the key's '-'.",
                                        "只有管理员可以指定渠道，请去掉密钥中“-”之后的部分。"};
inline constexpr Text kUserQuota{"The balance of account {} is used up ({}). Top it up.",
                                 "账号 {} 的余额已用完（{}），请充值。"};
inline constexpr Text kNoChannelId{"There is no channel {}. Check what follows the key's '-'.",
                                   "不存在渠道 {}，请检查密钥中“-”之后的部分。"};
inline constexpr Text kChannelDisabled{
    "Channel {} (#{}) is disabled. Enable it on the channels page or choose another.",
    "渠道 {}（#{}）已停用，请在渠道页面启用或另选渠道。"};
inline constexpr Text kNoChannel{
    "No enabled channel of group {} offers the model {}. See GET /v1/models for what is "
    "available, or ask the administrator to add a channel.",
    "分组 {} 下没有提供模型 {} 的可用渠道。可用模型见 GET /v1/models，或请管理员添加渠道。"};
inline constexpr Text kProviderNotLoaded{
    "Channel {} (#{}) needs {}, which is not loaded. Ask the administrator to install "
    "the plug-in.",
    "渠道 {}（#{}）需要{}，但它未被加载，请管理员安装该插件。"};
inline constexpr Text kProviderNamed{"a plug-in with the provider `{}`", "提供 `{}` 的插件"};
inline constexpr Text kProviderNumbered{"a plug-in for channel type {}", "支持渠道类型 {} 的插件"};

inline constexpr Text kLimited{"{} is limited to {}. Try again in {} s.", "{}限制为{}，请在 {} 秒后重试。"};
inline constexpr Text kLimitOfToken{"The token #{}", "令牌 #{} "};
inline constexpr Text kLimitOfUser{"The account #{}", "账号 #{} "};
inline constexpr Text kLimitOfGroup{"The group {}", "分组 {} "};
inline constexpr Text kLimitOfModel{"The model {}", "模型 {} "};
inline constexpr Text kLimitOfChannel{"The channel #{}", "渠道 #{} "};
inline constexpr Text kLimitRequests{"{} requests per minute", "每分钟 {} 次请求"};
inline constexpr Text kLimitTokens{"{} tokens per minute", "每分钟 {} 个 token"};
inline constexpr Text kLimitConcurrent{"{} requests at the same time", "同时 {} 个请求"};

} // namespace switchyard::accounts::texts
