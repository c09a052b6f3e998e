#include "management/account_rules.h"

#include "base/secret.h"
#include "base/text.h"
#include "management/amounts.h"
#include "management/refusal.h"
#include "store/database.h"
#include "store/ledger_repository.h"
#include "store/option_repository.h"
#include "store/password.h"
#include "store/snapshot_keeper.h"
#include "store/token_repository.h"

#include <Poco/Exception.h>
#include <algorithm>
#include <array>

namespace switchyard::management
{

namespace
{

constexpr size_t kLongestName = 12;
constexpr size_t kShortestPassword = 8;
constexpr size_t kLongestPassword = 20;
constexpr size_t kLongestDisplayName = 20;
constexpr size_t kInviteCodeLength = 4;
constexpr int kTries = 20; // invitation codes have four characters: with a million of them in use, 7 of 100 are taken
constexpr int64_t kMillisPerSecond = 1000;

constexpr Text kNameEmpty{"The user name is empty.", "用户名不能为空。"};
constexpr Text kNameLong{"The user name is too long: at most 12 characters.", "用户名过长：最多 12 个字符。"};
constexpr Text kPasswordLength{"The password must have 8 to 20 characters.", "密码长度必须为 8 到 20 个字符。"};
constexpr Text kDisplayNameLong{"The display name is too long: at most 20 characters.", "显示名称过长：最多 20 个字符。"};
constexpr Text kNameTaken{"The user name {} is taken.", "用户名 {} 已被占用。"};
constexpr Text kWelcome{"Gift for a new user: {}", "新用户注册赠送 {}"};
constexpr Text kInvited{"Gift for using an invitation: {}", "使用邀请码赠送 {}"};
constexpr Text kInviting{"Gift for inviting a user: {}", "邀请用户赠送 {}"};

size_t charactersOf(std::string_view utf8)
{
    return static_cast<size_t>(std::count_if(utf8.begin(), utf8.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

struct Made
{
    int64_t id = 0;
    int64_t inviterId = 0;
};

Made insertAccount(store::DbSession& session, const store::NewUser& user, const std::string& inviteCode)
{
    store::UserRepository users(session);
    if (users.findRowByName(user.user.name)) throw Refusal(kNameTaken, {user.user.name});
    Made made;
    store::NewUser inserted = user;
    if (const auto inviter = users.findByInviteCode(inviteCode)) made.inviterId = inviter->user.id;
    inserted.inviterId = made.inviterId;
    made.id = users.insert(inserted);
    store::TokenRow token;
    token.key = newTokenKey();
    token.token.userId = made.id;
    token.token.name = "default";
    token.token.unlimited = true;
    token.token.remainQuota = -1;
    store::TokenRepository(session).insert(token);
    return made;
}

void logGift(store::DbSession& session, int64_t userId, const std::string& name, const std::string& text, int64_t nowMs)
{
    store::LogRow row;
    row.userId = userId;
    row.userName = name;
    row.createdAt = nowMs / kMillisPerSecond;
    row.type = store::LogType::system;
    row.content = text;
    store::LedgerRepository(session).insertLogs(std::array{row});
}

void give(const Context& context, int64_t userId, int64_t points, const Text& text, const store::Options& options,
          const std::string& requestId, Language language)
{
    if (points <= 0) return;
    Occasion occasion;
    occasion.cause = "invitation";
    occasion.reference = requestId;
    occasion.logType = store::LogType::system;
    occasion.logText = [line = text.in(language, {amountText(points, options, language)})](const BalanceChange&)
    { return line; };
    context.balances.editUser(userId, Edit::by(points), occasion);
}

} // namespace

void checkUserName(std::string_view name)
{
    if (trim(name).empty()) throw Refusal(kNameEmpty);
    if (charactersOf(name) > kLongestName) throw Refusal(kNameLong);
}

void checkPassword(std::string_view password)
{
    const size_t length = charactersOf(password);
    if (length < kShortestPassword || length > kLongestPassword) throw Refusal(kPasswordLength);
}

void checkDisplayName(std::string_view name)
{
    if (charactersOf(name) > kLongestDisplayName) throw Refusal(kDisplayNameLong);
}

store::Options currentOptions(const Context& context)
{
    return context.database.read([](store::DbSession& session) { return store::OptionRepository(session).all(); });
}

void createAccount(const Context& context, const NewAccount& account, const std::string& requestId, Language language)
{
    const store::Options options = currentOptions(context);
    const int64_t gift = std::max<int64_t>(0, options.integer("QuotaForNewUser"));
    store::NewUser user;
    user.user.name = account.name;
    user.user.role = store::kRoleCommon;
    user.user.group = "default";
    user.user.quota = gift;
    user.displayName = account.displayName.empty() ? account.name : account.displayName;
    user.email = account.email;
    user.passwordHash = store::hashPassword(account.password); // before the write lock: it is slow on purpose

    Made made;
    for (int tries = 1;; ++tries)
    {
        user.accessToken = newHexKey();
        user.inviteCode = randomAlphanumeric(kInviteCodeLength);
        try
        {
            made = context.database.write(
                [&](store::DbSession& session)
                {
                    const Made inserted = insertAccount(session, user, account.inviteCode);
                    if (gift > 0)
                        logGift(session, inserted.id, account.name,
                                kWelcome.in(language, {amountText(gift, options, language)}), context.nowMs());
                    return inserted;
                });
            break;
        }
        catch (const Poco::Exception& e)
        {
            if (!store::isUniqueViolation(e) || tries == kTries) throw;
        }
    }
    if (made.inviterId != 0)
    {
        give(context, made.id, options.integer("QuotaForInvitee"), kInvited, options, requestId, language);
        give(context, made.inviterId, options.integer("QuotaForInviter"), kInviting, options, requestId, language);
    }
    context.keeper.changed();
}

void softDelete(store::UserRepository& users, int64_t id)
{
    store::UserChanges changes;
    changes.name = "deleted_" + newHexKey();
    changes.status = store::UserStatus::deleted;
    users.update(id, changes);
}

} // namespace switchyard::management
