#include "management/objects.h"

#include "management/json_text.h"

namespace switchyard::management
{

std::string userJson(const store::UserRow& row)
{
    return JsonObject()
        .add("id", row.user.id)
        .add("username", row.user.name)
        .add("password", "")
        .add("display_name", row.displayName)
        .add("role", row.user.role)
        .add("status", static_cast<int>(row.user.status))
        .add("email", row.email)
        .add("github_id", row.githubId)
        .add("wechat_id", row.wechatId)
        .add("lark_id", row.larkId)
        .add("oidc_id", row.oidcId)
        .add("verification_code", "")
        .add("access_token", "")
        .add("quota", row.user.quota)
        .add("used_quota", row.user.usedQuota)
        .add("request_count", row.requestCount)
        .add("group", row.user.group)
        .add("aff_code", row.inviteCode)
        .add("inviter_id", row.inviterId)
        .text();
}

std::string tokenJson(const store::TokenRow& row)
{
    const store::ApiToken& token = row.token;
    return JsonObject()
        .add("id", token.id)
        .add("user_id", token.userId)
        .add("key", row.key)
        .add("status", static_cast<int>(token.status))
        .add("name", token.name)
        .add("created_time", row.createdAt)
        .add("accessed_time", row.accessedAt)
        .add("expired_time", token.expiresAt)
        .add("remain_quota", token.remainQuota)
        .add("unlimited_quota", token.unlimited)
        .add("used_quota", token.usedQuota)
        .add("models", row.models)
        .add("subnet", token.subnet)
        .text();
}

} // namespace switchyard::management
