#include "accounts/authenticate.h"

#include "accounts/refusal.h"
#include "accounts/texts.h"

#include <algorithm>

namespace switchyard::accounts
{

using store::ApiToken;
using store::TokenStatus;
using store::UserStatus;

PresentedKey parseAuthorization(std::string_view authorization) noexcept
{
    for (std::string_view prefix : {"Bearer ", "sk-"})
        if (authorization.starts_with(prefix)) authorization.remove_prefix(prefix.size());
    const size_t dash = authorization.find('-');
    PresentedKey presented{authorization.substr(0, dash), std::nullopt};
    if (dash == std::string_view::npos) return presented;
    authorization.remove_prefix(dash + 1);
    presented.channel = authorization.substr(0, authorization.find('-'));
    return presented;
}

namespace
{

Failure<ApiError> tokenRefusal(int status, const char* code, const Text& text, const ApiToken& token, Language language)
{
    return refusal(status, code, text.in(language, {token.name, std::to_string(token.id)}));
}

bool expired(const ApiToken& token, int64_t now) noexcept { return token.expiresAt != -1 && token.expiresAt < now; }

bool exhausted(const ApiToken& token) noexcept { return !token.unlimited && token.remainQuota <= 0; }

// Checks 3 to 8: whether the token itself may be used, now and from there.
Result<Done, ApiError> checkToken(const ApiToken& token, const IpAddress& address, int64_t now, Language language,
                                  QuotaFrom quota)
{
    if (token.status == TokenStatus::exhausted)
        return tokenRefusal(401, "token_exhausted", texts::kTokenExhausted, token, language);
    if (token.status == TokenStatus::expired)
        return tokenRefusal(401, "token_expired", texts::kTokenExpired, token, language);
    if (token.status != TokenStatus::enabled)
        return tokenRefusal(401, "token_disabled", texts::kTokenDisabled, token, language);
    if (expired(token, now)) return tokenRefusal(401, "token_expired", texts::kTokenExpired, token, language);
    if (quota == QuotaFrom::snapshot && exhausted(token))
        return tokenRefusal(401, "token_exhausted", texts::kTokenExhausted, token, language);
    if (!token.subnet.empty() && !inSubnets(address, token.subnet))
        return refusal(403, "ip_not_allowed",
                       texts::kAddressNotAllowed.in(
                           language, {token.name, std::to_string(token.id), token.subnet, address.text()}));
    return Done{};
}

} // namespace

Result<Caller, ApiError> authenticate(store::SnapshotPtr snapshot, std::string_view authorization,
                                      const IpAddress& address, int64_t now, Language language, QuotaFrom quota)
{
    if (!snapshot) return refusal(503, "database_unavailable", texts::kNoDatabase.in(language));
    const PresentedKey presented = parseAuthorization(authorization);
    if (presented.key.empty()) return refusal(401, "missing_api_key", texts::kMissingKey.in(language));
    const ApiToken* token = snapshot->tokenByKey(presented.key);
    if (!token) return refusal(401, "invalid_api_key", texts::kUnknownKey.in(language));
    if (auto usable = checkToken(*token, address, now, language, quota); !usable) return failure(std::move(usable.error()));
    const store::User* user = snapshot->user(token->userId);
    if (!user) return tokenRefusal(500, "user_not_found", texts::kNoSuchUser, *token, language);
    if (user->status != UserStatus::enabled)
        return refusal(403, "user_banned", texts::kUserDisabled.in(language, {user->name}));
    Result<Caller, ApiError> caller(Caller{std::move(snapshot), token, user, std::nullopt, address, language});
    if (presented.channel) caller->channel.emplace(*presented.channel);
    return caller;
}

Result<Done, ApiError> checkTokenQuota(const Caller& caller, int64_t remaining)
{
    if (remaining > 0) return Done{};
    return tokenRefusal(401, "token_exhausted", texts::kTokenExhausted, *caller.token, caller.language);
}

Result<Done, ApiError> checkAccess(const Caller& caller, std::string_view model)
{
    const auto& allowed = caller.token->models;
    if (!allowed.empty() && !model.empty() && !std::binary_search(allowed.begin(), allowed.end(), model))
    {
        auto refused = refusal(
            403, "model_not_allowed",
            texts::kModelNotAllowed.in(caller.language, {caller.token->name, std::to_string(caller.token->id), model}));
        refused.error.param = "model";
        return refused;
    }
    if (caller.channel && caller.user->role < store::kRoleAdmin)
        return refusal(403, "channel_forbidden", texts::kChannelForbidden.in(caller.language));
    return Done{};
}

Result<Done, ApiError> checkBalance(const Caller& caller)
{
    if (caller.user->quota > 0) return Done{};
    return refusal(403, "insufficient_user_quota",
                   texts::kUserQuota.in(caller.language, {caller.user->name, std::to_string(caller.user->quota)}));
}

std::vector<std::string_view> visibleModels(const Caller& caller)
{
    if (!caller.token->models.empty()) return {caller.token->models.begin(), caller.token->models.end()};
    const auto models = caller.snapshot->modelsOf(caller.user->group);
    return {models.begin(), models.end()};
}

} // namespace switchyard::accounts
