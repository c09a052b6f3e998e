#include "management/user_edit.h"

#include "management/account_rules.h"
#include "management/amounts.h"
#include "store/database.h"
#include "store/password.h"
#include "store/snapshot_keeper.h"

namespace switchyard::management
{

namespace
{

constexpr size_t kLongestEmail = 50;
constexpr size_t kLongestGroup = 32;

constexpr Text kNoSuchUser{"There is no such user.", "用户不存在。"};
constexpr Text kRoleTooHigh{"You may not change an account whose role is as high as yours, nor give such a role.",
                            "无权更改同级或更高等级的用户，也不能授予同级或更高的权限。"};
constexpr Text kRootStays{"Role and status of the root account cannot be changed.", "不能更改超级管理员的权限和状态。"};
constexpr Text kBadRole{"The field `role` must be 1 (common user) or 10 (administrator).",
                        "字段 `role` 只能是 1（普通用户）或 10（管理员）。"};
constexpr Text kBadStatus{"The field `status` must be 1 (enabled) or 2 (disabled).",
                          "字段 `status` 只能是 1（启用）或 2（停用）。"};
constexpr Text kTooLong{"The field `{}` is too long.", "字段 `{}` 过长。"};
constexpr Text kNameTaken{"The user name {} is taken.", "用户名 {} 已被占用。"};
constexpr Text kEdited{"{} changed the balance from {} to {}", "{} 将用户额度从 {} 修改为 {}"};
constexpr Text kToppedUp{"Topped up by {}: {}", "由 {} 充值 {}"};
constexpr Text kNegative{"The field `quota` must not be negative.", "字段 `quota` 不能为负数。"};

std::optional<std::string> boundedText(const JsonBody& body, std::string_view name, size_t longest)
{
    std::string text = body.textOr(name);
    if (text.empty()) return std::nullopt;
    if (text.size() > longest) throw Refusal(kTooLong, {name});
    return text;
}

// All but role and status, which depend on whose account it is.
store::UserChanges plainChangesOf(const JsonBody& body)
{
    store::UserChanges changes;
    if (std::string name = body.textOr("username"); !name.empty())
    {
        checkUserName(name);
        changes.name = std::move(name);
    }
    if (std::string name = body.textOr("display_name"); !name.empty())
    {
        checkDisplayName(name);
        changes.displayName = std::move(name);
    }
    changes.email = boundedText(body, "email", kLongestEmail);
    changes.group = boundedText(body, "group", kLongestGroup);
    if (const std::string password = body.textOr("password"); !password.empty())
    {
        checkPassword(password);
        changes.passwordHash = store::hashPassword(password);
    }
    return changes;
}

// A form brings role and status along: only those that differ are changes.
void addRoleAndStatus(store::UserChanges& changes, const store::User& target, int64_t role, int64_t status,
                      const Caller& caller)
{
    const bool newRole = role != 0 && role != target.role;
    const bool newStatus = status != 0 && status != static_cast<int>(target.status);
    if ((newRole || newStatus) && target.role >= store::kRoleRoot) throw Refusal(kRootStays);
    if (newRole)
    {
        if (role != store::kRoleCommon && role != store::kRoleAdmin) throw Refusal(kBadRole);
        if (!caller.mayManage(static_cast<int>(role))) throw Refusal(kRoleTooHigh);
        changes.role = static_cast<int>(role);
    }
    if (!newStatus) return;
    const auto wanted = static_cast<store::UserStatus>(status);
    if (wanted != store::UserStatus::enabled && wanted != store::UserStatus::disabled) throw Refusal(kBadStatus);
    changes.status = wanted;
}

// `quota` of 0 keeps, as every zero in this body does; `quota_delta` can say anything.
std::optional<Edit> balanceEditOf(const Context& context, const Call& call, const JsonBody& body, int64_t userId)
{
    if (const auto delta = body.integer("quota_delta")) return *delta == 0 ? std::nullopt : std::optional(Edit::by(*delta));
    const int64_t quota = body.integerOr("quota");
    if (quota == 0) return std::nullopt;
    return context.shown.meaningOf(call.caller().loginSession, store::AccountKind::user, userId, quota);
}

void editBalance(const Context& context, const Call& call, int64_t userId, Edit edit)
{
    Occasion occasion;
    occasion.cause = "edit";
    occasion.actor = call.caller().name;
    occasion.reference = call.request().requestId;
    occasion.logText = [options = currentOptions(context), language = call.language(),
                        actor = call.caller().name](const BalanceChange& change)
    {
        return kEdited.in(language, {actor, amountText(change.before, options, language),
                                     amountText(change.after, options, language)});
    };
    if (!context.balances.editUser(userId, edit, occasion)) throw Refusal(kNoSuchUser);
}

} // namespace

Response editUser(const Context& context, const Call& call)
{
    const JsonBody body = call.body();
    const int64_t id = body.requiredId();
    store::UserChanges changes = plainChangesOf(body);
    const int64_t role = body.integerOr("role");
    const int64_t status = body.integerOr("status");
    const std::optional<Edit> edit = balanceEditOf(context, call, body, id);

    context.database.write(
        [&](store::DbSession& session)
        {
            store::UserRepository users(session);
            const auto row = users.find(id);
            if (!row || row->user.status == store::UserStatus::deleted) throw Refusal(kNoSuchUser);
            if (!call.caller().mayManage(row->user.role)) throw Refusal(kRoleTooHigh);
            addRoleAndStatus(changes, row->user, role, status, call.caller());
            if (changes.name)
                if (const auto other = users.findRowByName(*changes.name); other && other->user.id != id)
                    throw Refusal(kNameTaken, {*changes.name});
            users.update(id, changes);
        });
    if (edit)
    {
        editBalance(context, call, id, *edit);
        // The form still shows what was typed: that is what its next save is compared with.
        if (const int64_t typed = body.integerOr("quota"); typed != 0 && !body.has("quota_delta"))
            context.shown.show(call.caller().loginSession, store::AccountKind::user, id, typed);
    }
    context.keeper.changed();
    return succeeded();
}

Response topUpUser(const Context& context, const Call& call)
{
    const JsonBody body = call.body();
    const int64_t id = body.requiredId("user_id");
    const int64_t quota = body.integerOr("quota");
    if (quota < 0) throw Refusal(kNegative);
    Occasion occasion;
    occasion.cause = "topup";
    occasion.actor = call.caller().name;
    occasion.reference = call.request().requestId;
    occasion.logType = store::LogType::topUp;
    occasion.logsQuota = true;
    const std::string remark = body.textOr("remark");
    occasion.logText = [remark, options = currentOptions(context), language = call.language(),
                        actor = call.caller().name](const BalanceChange& change)
    {
        if (!remark.empty()) return remark;
        return kToppedUp.in(language, {actor, amountText(change.after - change.before, options, language)});
    };
    if (!context.balances.editUser(id, Edit::by(quota), occasion)) throw Refusal(kNoSuchUser);
    context.keeper.changed();
    return succeeded();
}

} // namespace switchyard::management
