#include "management/access.h"

#include "base/clock.h"
#include "base/text.h"
#include "store/database.h"
#include "store/user_repository.h"

namespace switchyard::management
{

namespace
{

using store::UserRow;

constexpr int64_t kWindowMs = 180'000;
constexpr int64_t kCriticalWindowMs = 1'200'000;
constexpr size_t kAccessTokenLength = 32;

constexpr Text kNotLoggedIn{"Not logged in, or the login has ended. Log in, or send an access token.",
                            "未登录或登录已过期，请重新登录，或提供系统访问令牌。"};
constexpr Text kUnknownToken{"This access token is not valid. Make a new one on your account page.",
                             "无效的系统访问令牌，请在个人设置中重新生成。"};
constexpr Text kNotEnabled{"This account is disabled. Ask the administrator.", "该账号已被停用，请联系管理员。"};
constexpr Text kMayNot{"Your account may not do this: it needs a role of {}.", "权限不足：需要{}权限。"};

int roleFor(Protection protection)
{
    switch (protection)
    {
    case Protection::none: return 0;
    case Protection::user: return store::kRoleCommon;
    case Protection::admin: return store::kRoleAdmin;
    case Protection::root: return store::kRoleRoot;
    }
    return store::kRoleRoot;
}

Response mayNot(Protection protection, Language language)
{
    if (language == Language::chinese)
        return refused(kMayNot.in(language, {protection == Protection::root ? "超级管理员" : "管理员"}));
    return refused(kMayNot.in(language, {protection == Protection::root ? "root" : "administrator"}));
}

std::string_view accessTokenOf(std::string_view authorization)
{
    constexpr std::string_view kBearer = "Bearer ";
    authorization = trim(authorization);
    if (startsWithIgnoreCase(authorization, kBearer)) authorization.remove_prefix(kBearer.size());
    return trim(authorization);
}

// A page of another site can make a browser send the cookie along with a link; what it cannot do is hide that.
bool fromAnotherSite(const Request& request) { return request.header("sec-fetch-site") == "cross-site"; }

} // namespace

Access::Access(store::Database& database, const LoginSessions& sessions, AccessLimits limits)
    : database_(database), sessions_(sessions), all_(limits.calls, kWindowMs),
      critical_(limits.criticalCalls, kCriticalWindowMs)
{
}

std::optional<int64_t> Access::tooMany(const Request& request, Allowance allowance)
{
    const int64_t now = steadyMillis();
    if (const auto seconds = all_.tooMany(request.clientIp, now)) return seconds;
    if (allowance == Allowance::critical) return critical_.tooMany(request.clientIp, now);
    return std::nullopt;
}

Doorkeeper::Admission Access::admit(const Request& request, Protection protection)
{
    if (protection == Protection::none) return {};
    const Language language = request.language();
    const std::string_view accessToken = accessTokenOf(request.header("authorization"));
    std::optional<LoginSession> session = sessions_.of(request);
    if (session && fromAnotherSite(request)) session.reset();

    std::optional<UserRow> user;
    database_.read(
        [&](store::DbSession& connection)
        {
            store::UserRepository users(connection);
            if (session) user = users.find(session->userId);
            // A login from before the password was changed is none any more.
            if (!user || sessions_.stampOf(user->passwordHash) != session->passwordStamp)
            {
                user.reset();
                session.reset();
            }
            if (!session && accessToken.size() == kAccessTokenLength) user = users.findByAccessToken(accessToken);
        });
    if (!user)
        return {{}, request.header("authorization").empty() ? refused(kNotLoggedIn.in(language), 401)
                                                             : refused(kUnknownToken.in(language))};
    if (user->user.status != store::UserStatus::enabled)
    {
        Response response = refused(kNotEnabled.in(language));
        response.headers.emplace_back("Set-Cookie", LoginSessions::emptyCookie(request.secure));
        return {{}, std::move(response)};
    }
    if (user->user.role < roleFor(protection)) return {{}, mayNot(protection, language)};
    Caller caller{user->user.id, user->user.name, user->user.role, user->user.group, session ? session->id : ""};
    return {std::move(caller), std::nullopt};
}

} // namespace switchyard::management
