#include "management/status.h"

#include "base/text.h"

namespace switchyard::management
{

namespace
{

enum class Kind
{
    text,
    flag,
    number
};

/// A member of the status object and the option behind it with its default (config.md 3).
struct Member
{
    const char* name;
    const char* option;
    const char* whenUnset;
    Kind kind;
};

constexpr Member kMembers[] = {
    {"email_verification", "EmailVerificationEnabled", "false", Kind::flag},
    {"github_oauth", "GitHubOAuthEnabled", "false", Kind::flag},
    {"github_client_id", "GitHubClientId", "", Kind::text},
    {"lark_client_id", "LarkClientId", "", Kind::text},
    {"system_name", "SystemName", "Switchyard", Kind::text},
    {"logo", "Logo", "", Kind::text},
    {"footer_html", "Footer", "", Kind::text},
    {"wechat_qrcode", "WeChatAccountQRCodeImageURL", "", Kind::text},
    {"wechat_login", "WeChatAuthEnabled", "false", Kind::flag},
    {"server_address", "ServerAddress", "http://localhost:3000", Kind::text},
    {"turnstile_check", "TurnstileCheckEnabled", "false", Kind::flag},
    {"turnstile_site_key", "TurnstileSiteKey", "", Kind::text},
    {"top_up_link", "TopUpLink", "", Kind::text},
    {"chat_link", "ChatLink", "", Kind::text},
    {"quota_per_unit", "QuotaPerUnit", "500000", Kind::number},
    {"display_in_currency", "DisplayInCurrencyEnabled", "true", Kind::flag},
    {"oidc", "OidcEnabled", "false", Kind::flag},
    {"oidc_client_id", "OidcClientId", "", Kind::text},
    {"oidc_well_known", "OidcWellKnown", "", Kind::text},
    {"oidc_authorization_endpoint", "OidcAuthorizationEndpoint", "", Kind::text},
    {"oidc_token_endpoint", "OidcTokenEndpoint", "", Kind::text},
    {"oidc_userinfo_endpoint", "OidcUserinfoEndpoint", "", Kind::text},
};

std::string rendered(const Member& member, std::string value)
{
    if (value.empty()) value = member.whenUnset;
    switch (member.kind)
    {
    case Kind::flag: return value == "true" ? "true" : "false";
    case Kind::number: return parseInt(value) ? value : member.whenUnset;
    case Kind::text: break;
    }
    return jsonQuoted(value);
}

} // namespace

void addStatusRoute(Router& router, std::string version, int64_t startTime, OptionReader option)
{
    router.add("GET", "/api/status", Protection::none, [=](const Call&) {
        std::string data = "{\"version\":" + jsonQuoted(version) + ",\"start_time\":" + std::to_string(startTime);
        for (const Member& member : kMembers)
            data += std::string(",\"") + member.name + "\":" + rendered(member, option(member.option));
        data += '}';
        return succeeded(data);
    });
}

} // namespace switchyard::management
