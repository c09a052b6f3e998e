#include "management/users.h"

#include "management/account_rules.h"
#include "management/json_text.h"
#include "management/objects.h"
#include "management/user_edit.h"
#include "store/database.h"
#include "store/snapshot_keeper.h"

namespace switchyard::management
{

namespace
{

constexpr Text kNoSuchUser{"There is no such user.", "用户不存在。"};
constexpr Text kRoleTooHigh{"You may not read or change an account whose role is as high as yours.",
                            "无权查看或操作同级或更高等级的用户。"};
constexpr Text kMayNotCreate{"You may not create an account whose role is as high as yours.",
                             "无法创建权限大于等于自己的用户。"};
constexpr Text kRootStays{"The root account cannot be disabled, deleted or demoted.",
                          "不能停用、删除或降级超级管理员。"};
constexpr Text kOnlyRootPromotes{"Only root may make somebody an administrator.", "只有超级管理员可以提升用户为管理员。"};
constexpr Text kIsAdmin{"This user is an administrator already.", "该用户已经是管理员。"};
constexpr Text kIsCommon{"This user is a common user already.", "该用户已经是普通用户。"};
constexpr Text kNoAction{"The action `{}` is not known: enable, disable, delete, promote or demote.",
                         "未知的操作 `{}`：可用的操作为 enable、disable、delete、promote、demote。"};
constexpr Text kEmptyField{"User name and password must not be empty.", "用户名和密码不能为空。"};

store::UserOrder orderOf(const std::string& text)
{
    if (text == "quota") return store::UserOrder::quota;
    if (text == "used_quota") return store::UserOrder::usedQuota;
    if (text == "request_count") return store::UserOrder::requestCount;
    return store::UserOrder::newestFirst;
}

Response shown(const Context& context, const Call& call, const std::vector<store::UserRow>& rows)
{
    JsonArray users;
    for (const store::UserRow& row : rows)
    {
        context.shown.show(call.caller().loginSession, store::AccountKind::user, row.user.id, row.user.quota);
        users.addRaw(userJson(row));
    }
    return succeeded(users.text());
}

Response listUsers(const Context& context, const Call& call)
{
    const Page page = call.page();
    const store::UserOrder order = orderOf(call.query().text("order"));
    return shown(context, call,
                 context.database.read([&](store::DbSession& session)
                                       { return store::UserRepository(session).list(order, page.offset, page.limit); }));
}

Response searchUsers(const Context& context, const Call& call)
{
    const std::string keyword = call.query().text("keyword");
    return shown(context, call, context.database.read([&](store::DbSession& session)
                                                      { return store::UserRepository(session).search(keyword); }));
}

Response getUser(const Context& context, const Call& call)
{
    const auto row = context.database.read([&](store::DbSession& session)
                                           { return store::UserRepository(session).find(call.id()); });
    if (!row) throw Refusal(kNoSuchUser);
    if (!call.caller().mayManage(row->user.role)) throw Refusal(kRoleTooHigh);
    context.shown.show(call.caller().loginSession, store::AccountKind::user, row->user.id, row->user.quota);
    return succeeded(userJson(*row));
}

Response createUser(const Context& context, const Call& call)
{
    const JsonBody body = call.body();
    NewAccount account;
    account.name = body.textOr("username");
    account.password = body.textOr("password");
    account.displayName = body.textOr("display_name");
    if (account.name.empty() || account.password.empty()) throw Refusal(kEmptyField);
    checkUserName(account.name);
    checkPassword(account.password);
    checkDisplayName(account.displayName);
    // Whatever it says, the new account is a common one; asking for more than one has is still refused.
    if (body.integerOr("role") >= call.caller().role) throw Refusal(kMayNotCreate);
    createAccount(context, account, call.request().requestId, call.language());
    return succeeded();
}

Response deleteUser(const Context& context, const Call& call)
{
    context.database.write(
        [&](store::DbSession& session)
        {
            store::UserRepository users(session);
            const auto row = users.find(call.id());
            if (!row || row->user.status == store::UserStatus::deleted) throw Refusal(kNoSuchUser);
            if (row->user.role >= store::kRoleRoot) throw Refusal(kRootStays);
            if (!call.caller().mayManage(row->user.role)) throw Refusal(kRoleTooHigh);
            softDelete(users, row->user.id);
        });
    context.keeper.changed();
    return succeeded();
}

// What an action changes; throws Refusal when it is not allowed.
store::UserChanges changesOf(const std::string& action, const store::User& target, const Caller& caller)
{
    store::UserChanges changes;
    const bool isRoot = target.role >= store::kRoleRoot;
    if (action == "enable")
        changes.status = store::UserStatus::enabled;
    else if (action == "disable" || action == "delete")
    {
        if (isRoot) throw Refusal(kRootStays);
        if (action == "disable") changes.status = store::UserStatus::disabled;
    }
    else if (action == "promote")
    {
        if (!caller.isRoot()) throw Refusal(kOnlyRootPromotes);
        if (target.role >= store::kRoleAdmin) throw Refusal(kIsAdmin);
        changes.role = store::kRoleAdmin;
    }
    else if (action == "demote")
    {
        if (isRoot) throw Refusal(kRootStays);
        if (target.role <= store::kRoleCommon) throw Refusal(kIsCommon);
        changes.role = store::kRoleCommon;
    }
    else
        throw Refusal(kNoAction, {action});
    return changes;
}

Response manageUser(const Context& context, const Call& call)
{
    const JsonBody body = call.body();
    const std::string name = body.requiredText("username");
    const std::string action = body.requiredText("action");
    const store::UserRow after = context.database.write(
        [&](store::DbSession& session)
        {
            store::UserRepository users(session);
            const auto row = users.findRowByName(name);
            if (!row || row->user.status == store::UserStatus::deleted) throw Refusal(kNoSuchUser);
            if (!call.caller().mayManage(row->user.role)) throw Refusal(kRoleTooHigh);
            users.update(row->user.id, changesOf(action, row->user, call.caller()));
            if (action == "delete") softDelete(users, row->user.id);
            return users.find(row->user.id).value();
        });
    context.keeper.changed();
    store::UserRow answer; // role and status alone
    answer.user.role = after.user.role;
    answer.user.status = after.user.status;
    return succeeded(userJson(answer));
}

} // namespace

void addUserRoutes(Router& router, const Context& context)
{
    const auto add = [&](const char* method, const char* path, Response (*handler)(const Context&, const Call&))
    {
        router.add(method, path, Protection::admin,
                   [&context, handler](const Call& call) { return handler(context, call); });
    };
    add("GET", "/api/user/", listUsers);
    add("GET", "/api/user/search", searchUsers);
    add("GET", "/api/user/{id}", getUser);
    add("POST", "/api/user/", createUser);
    add("PUT", "/api/user/", editUser);
    add("DELETE", "/api/user/{id}", deleteUser);
    add("POST", "/api/user/manage", manageUser);
    add("POST", "/api/topup", topUpUser);
}

} // namespace switchyard::management
