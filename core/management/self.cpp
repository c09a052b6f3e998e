#include "management/self.h"

#include "base/secret.h"
#include "management/account_rules.h"
#include "management/amounts.h"
#include "management/json_text.h"
#include "management/objects.h"
#include "store/database.h"
#include "store/password.h"
#include "store/snapshot_keeper.h"
#include "store/usage_repository.h"

#include <Poco/Exception.h>
#include <ctime>

namespace switchyard::management
{

namespace
{

constexpr int kTries = 20;
constexpr size_t kInviteCodeLength = 4;
constexpr int64_t kMillisPerSecond = 1000;
constexpr int64_t kSecondsPerDay = 86'400;
constexpr int64_t kDashboardDays = 7;

constexpr Text kGone{"This account does not exist any more.", "该账号已不存在。"};
constexpr Text kNameTaken{"The user name {} is taken.", "用户名 {} 已被占用。"};
constexpr Text kRootStays{"The root account cannot be deleted.", "不能删除超级管理员账号。"};
constexpr Text kNoCode{"Enter a redemption code.", "请输入兑换码。"};
constexpr Text kUnknownCode{"Redeeming failed: there is no such code.", "兑换失败：无效的兑换码。"};
constexpr Text kUsedCode{"Redeeming failed: this code has been used or disabled.", "兑换失败：该兑换码已被使用或停用。"};
constexpr Text kRedeemed{"Topped up by redemption code: {}", "通过兑换码充值 {}"};

store::UserRow ownRow(store::DbSession& session, const Call& call)
{
    auto row = store::UserRepository(session).find(call.caller().id);
    if (!row) throw Refusal(kGone);
    return std::move(*row);
}

Response getSelf(const Context& context, const Call& call)
{
    const store::UserRow row =
        context.database.read([&](store::DbSession& session) { return ownRow(session, call); });
    context.shown.show(call.caller().loginSession, store::AccountKind::user, row.user.id, row.user.quota);
    return succeeded(userJson(row));
}

Response putSelf(const Context& context, const Call& call)
{
    const JsonBody body = call.body();
    const std::string name = body.textOr("username");
    const std::string password = body.textOr("password");
    const std::string displayName = body.textOr("display_name");
    store::UserChanges changes; // empty means keep (admin-api.md 1.11)
    if (!name.empty())
    {
        checkUserName(name);
        changes.name = name;
    }
    if (!displayName.empty())
    {
        checkDisplayName(displayName);
        changes.displayName = displayName;
    }
    if (!password.empty())
    {
        checkPassword(password);
        changes.passwordHash = store::hashPassword(password);
    }
    context.database.write(
        [&](store::DbSession& session)
        {
            store::UserRepository users(session);
            if (const auto other = users.findRowByName(name); other && other->user.id != call.caller().id)
                throw Refusal(kNameTaken, {name});
            if (!users.update(call.caller().id, changes)) throw Refusal(kGone);
        });
    context.keeper.changed();
    Response response = succeeded();
    // A new password ends all logins; the one that set it goes on, with its memory of what it was shown.
    if (changes.passwordHash && !call.caller().loginSession.empty())
    {
        LoginSession session = context.sessions.begin(call.caller().id, *changes.passwordHash);
        session.id = call.caller().loginSession;
        response.headers.emplace_back("Set-Cookie", context.sessions.cookieFor(session, call.request().secure));
    }
    return response;
}

Response deleteSelf(const Context& context, const Call& call)
{
    if (call.caller().isRoot()) throw Refusal(kRootStays);
    context.database.write(
        [&](store::DbSession& session)
        {
            store::UserRepository users(session);
            softDelete(users, call.caller().id);
        });
    context.keeper.changed();
    Response response = succeeded();
    response.headers.emplace_back("Set-Cookie", LoginSessions::emptyCookie(call.request().secure));
    return response;
}

Response renewAccessToken(const Context& context, const Call& call)
{
    store::UserChanges changes;
    changes.accessToken = newHexKey(); // 128 random bits: nobody else has it
    const bool there = context.database.write(
        [&](store::DbSession& session) { return store::UserRepository(session).update(call.caller().id, changes); });
    if (!there) throw Refusal(kGone);
    return succeeded(jsonQuoted(*changes.accessToken));
}

// Made on first use, and again when somebody else's is the same.
Response getInviteCode(const Context& context, const Call& call)
{
    for (int tries = 1;; ++tries)
    {
        try
        {
            const std::string code = context.database.write(
                [&](store::DbSession& session)
                {
                    const store::UserRow row = ownRow(session, call);
                    if (!row.inviteCode.empty()) return row.inviteCode;
                    store::UserChanges changes;
                    changes.inviteCode = randomAlphanumeric(kInviteCodeLength);
                    store::UserRepository(session).update(row.user.id, changes);
                    return *changes.inviteCode;
                });
            return succeeded(jsonQuoted(code));
        }
        catch (const Poco::Exception& e)
        {
            if (!store::isUniqueViolation(e) || tries == kTries) throw;
        }
    }
}

Response redeemCode(const Context& context, const Call& call)
{
    const std::string code = call.body().textOr("key");
    if (code.empty()) throw Refusal(kNoCode);
    Occasion occasion;
    occasion.cause = "redemption";
    occasion.actor = call.caller().name;
    occasion.logType = store::LogType::topUp;
    occasion.logText = [options = currentOptions(context), language = call.language()](const BalanceChange& change)
    { return kRedeemed.in(language, {amountText(change.after - change.before, options, language)}); };
    const Redeemed redeemed = context.balances.redeem(code, call.caller().id, occasion);
    if (redeemed.failure == RedeemFailure::unknownCode) throw Refusal(kUnknownCode);
    if (redeemed.failure == RedeemFailure::usedOrDisabled) throw Refusal(kUsedCode);
    if (redeemed.failure) throw Refusal(kGone);
    context.keeper.changed();
    return succeeded(std::to_string(redeemed.quota));
}

Response availableModels(const Context& context, const Call& call)
{
    JsonArray models;
    if (const store::SnapshotPtr snapshot = context.keeper.current())
        for (const std::string& model : snapshot->modelsOf(call.caller().group))
            models.add(model);
    return succeeded(models.text());
}

std::string dayText(int64_t seconds)
{
    const std::time_t time = static_cast<std::time_t>(seconds);
    std::tm day{};
    gmtime_r(&time, &day);
    char text[16];
    std::strftime(text, sizeof(text), "%Y-%m-%d", &day);
    return text;
}

Response dashboard(const Context& context, const Call& call)
{
    const int64_t today = context.nowMs() / kMillisPerSecond / kSecondsPerDay;
    const int64_t from = (today - (kDashboardDays - 1)) * kSecondsPerDay;
    const auto days = context.database.read(
        [&](store::DbSession& session) { return store::UsageRepository(session).perDay(call.caller().id, from); });
    JsonArray rows;
    for (const store::DayUsage& day : days)
        rows.addRaw(JsonObject()
                        .add("Day", dayText(day.day))
                        .add("ModelName", day.model)
                        .add("RequestCount", day.requests)
                        .add("Quota", day.quota)
                        .add("PromptTokens", day.promptTokens)
                        .add("CompletionTokens", day.completionTokens)
                        .text());
    return succeeded(rows.text());
}

} // namespace

void addSelfRoutes(Router& router, const Context& context)
{
    const auto add = [&](const char* method, const char* path, Response (*handler)(const Context&, const Call&))
    {
        router.add(method, path, Protection::user,
                   [&context, handler](const Call& call) { return handler(context, call); });
    };
    add("GET", "/api/user/self", getSelf);
    add("PUT", "/api/user/self", putSelf);
    add("DELETE", "/api/user/self", deleteSelf);
    add("GET", "/api/user/token", renewAccessToken);
    add("GET", "/api/user/aff", getInviteCode);
    add("POST", "/api/user/topup", redeemCode);
    add("GET", "/api/user/available_models", availableModels);
    add("GET", "/api/user/dashboard", dashboard);
}

} // namespace switchyard::management
