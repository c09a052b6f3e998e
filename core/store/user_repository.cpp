#include "store/user_repository.h"

#include "base/clock.h"
#include "base/text.h"
#include "store/ledger_repository.h"
#include "store/like.h"

#include <span>

namespace switchyard::store
{

namespace
{

using Poco::Int64;
using Fields = Poco::Tuple<Int64, std::string, Int64, Int64, std::string, Int64, Int64>;

constexpr std::string_view kSelect =
    "SELECT [id], [username], [role], [status], [group], [quota], [used_quota] FROM [users]";

using RowFields = Poco::Tuple<Int64, std::string, Int64, Int64, std::string, Int64, Int64, std::string, std::string, std::string,
                              std::string, std::string, std::string, std::string, std::string, std::string, Int64, Int64>;

std::string selectRow(Backend backend)
{
    return "SELECT [id], [username], [role], [status], [group], [quota], [used_quota], " +
           longTextSql(backend, "password") +
           ", [display_name], [email], [github_id], [wechat_id], [lark_id], [oidc_id], [access_token], [aff_code], "
           "[request_count], [inviter_id] FROM [users]";
}

UserRow rowOf(const RowFields& fields)
{
    UserRow row;
    row.user.id = fields.get<0>();
    row.user.name = fields.get<1>();
    row.user.role = static_cast<int>(fields.get<2>());
    row.user.status = static_cast<UserStatus>(fields.get<3>());
    row.user.group = std::string(trim(fields.get<4>()));
    row.user.quota = fields.get<5>();
    row.user.usedQuota = fields.get<6>();
    row.passwordHash = fields.get<7>();
    row.displayName = fields.get<8>();
    row.email = fields.get<9>();
    row.githubId = fields.get<10>();
    row.wechatId = fields.get<11>();
    row.larkId = fields.get<12>();
    row.oidcId = fields.get<13>();
    row.accessToken = std::string(trim(fields.get<14>())); // char(32) is padded with blanks in PostgreSQL
    row.inviteCode = std::string(trim(fields.get<15>()));
    row.requestCount = fields.get<16>();
    row.inviterId = fields.get<17>();
    return row;
}

std::vector<UserRow> rowsOf(const std::vector<RowFields>& found)
{
    std::vector<UserRow> rows;
    for (const RowFields& fields : found)
        rows.push_back(rowOf(fields));
    return rows;
}

std::string_view orderSql(UserOrder order)
{
    switch (order)
    {
    case UserOrder::newestFirst: break;
    case UserOrder::quota: return "COALESCE([quota], 0) DESC, [id] DESC";
    case UserOrder::usedQuota: return "COALESCE([used_quota], 0) DESC, [id] DESC";
    case UserOrder::requestCount: return "COALESCE([request_count], 0) DESC, [id] DESC";
    }
    return "[id] DESC";
}

User userOf(const Fields& fields)
{
    User user;
    user.id = fields.get<0>();
    user.name = fields.get<1>();
    user.role = static_cast<int>(fields.get<2>());
    user.status = static_cast<UserStatus>(fields.get<3>());
    user.group = std::string(trim(fields.get<4>()));
    user.quota = fields.get<5>();
    user.usedQuota = fields.get<6>();
    return user;
}

std::optional<User> firstOf(const std::vector<Fields>& found)
{
    if (found.empty()) return std::nullopt;
    return userOf(found.front());
}

} // namespace

int64_t UserRepository::count() { return session_.number("SELECT COUNT(*) FROM [users]"); }

std::vector<User> UserRepository::all()
{
    std::vector<User> users;
    for (const Fields& fields : session_.query<Fields>(std::string(kSelect) + " ORDER BY [id]"))
        users.push_back(userOf(fields));
    return users;
}

std::optional<User> UserRepository::findByName(std::string_view name)
{
    return firstOf(session_.query<Fields>(std::string(kSelect) + " WHERE [username] = ?", std::string(name)));
}

std::optional<User> UserRepository::root()
{
    return firstOf(
        session_.query<Fields>(std::string(kSelect) + " WHERE [role] >= ? ORDER BY [id] LIMIT 1", kRoleRoot));
}

int64_t UserRepository::insert(const NewUser& added)
{
    const User& user = added.user;
    session_.execute("INSERT INTO [users] ([username], [password], [display_name], [role], [status], [access_token], "
                     "[quota], [used_quota], [request_count], [group], [aff_code], [inviter_id], [email]) "
                     "VALUES (?, ?, ?, ?, ?, ?, ?, 0, 0, ?, ?, ?, ?)",
                     user.name, added.passwordHash, added.displayName, user.role, static_cast<int>(user.status),
                     added.accessToken, user.quota, user.group, added.inviteCode, added.inviterId, added.email);
    const int64_t id = session_.lastId();
    LedgerRepository(session_).openAccount(AccountKind::user, id, user.quota, unixMillis());
    return id;
}

std::optional<UserRow> UserRepository::find(int64_t id)
{
    const auto rows = rowsOf(session_.query<RowFields>(selectRow(session_.backend()) + " WHERE [id] = ?", id));
    if (rows.empty()) return std::nullopt;
    return rows.front();
}

std::optional<UserRow> UserRepository::findWhere(std::string_view column, const std::string& value)
{
    if (value.empty()) return std::nullopt;
    const std::string sql =
        selectRow(session_.backend()) + " WHERE [" + std::string(column) + "] = ? ORDER BY [id] LIMIT 1";
    const auto rows = rowsOf(session_.query<RowFields>(sql, value));
    if (rows.empty()) return std::nullopt;
    return rows.front();
}

std::optional<UserRow> UserRepository::findRowByName(std::string_view name)
{
    return findWhere("username", std::string(name));
}

std::optional<UserRow> UserRepository::findByEmail(std::string_view email)
{
    if (email.empty()) return std::nullopt;
    const std::string sql =
        selectRow(session_.backend()) + " WHERE [email] = ? AND COALESCE([status], 0) <> ? ORDER BY [id] LIMIT 1";
    const auto rows = rowsOf(session_.query<RowFields>(sql, email, static_cast<int>(UserStatus::deleted)));
    if (rows.empty()) return std::nullopt;
    return rows.front();
}

std::optional<UserRow> UserRepository::findByAccessToken(std::string_view accessToken)
{
    auto row = findWhere("access_token", std::string(accessToken));
    if (row && row->accessToken != accessToken) return std::nullopt; // MySQL compares in any case
    return row;
}

std::optional<UserRow> UserRepository::findByInviteCode(std::string_view inviteCode)
{
    auto row = findWhere("aff_code", std::string(inviteCode));
    if (row && row->inviteCode != inviteCode) return std::nullopt;
    return row;
}

std::vector<UserRow> UserRepository::list(UserOrder order, int64_t offset, int64_t limit)
{
    const std::string sql = selectRow(session_.backend()) + " WHERE COALESCE([status], 0) <> ? ORDER BY " +
                            std::string(orderSql(order)) + " LIMIT ? OFFSET ?";
    return rowsOf(session_.query<RowFields>(sql, static_cast<int>(UserStatus::deleted), limit, offset));
}

std::vector<UserRow> UserRepository::search(std::string_view keyword)
{
    const std::string prefix = likePrefix(keyword);
    const std::string sql = selectRow(session_.backend()) +
                            " WHERE COALESCE([status], 0) <> ? AND ([id] = ? OR [username] LIKE ? ESCAPE '!' OR "
                            "[email] LIKE ? ESCAPE '!' OR [display_name] LIKE ? ESCAPE '!') ORDER BY [id] DESC";
    return rowsOf(session_.query<RowFields>(sql, static_cast<int>(UserStatus::deleted), parseInt(keyword).value_or(0),
                                            prefix, prefix, prefix));
}

bool UserRepository::update(int64_t id, const UserChanges& changes)
{
    std::string assignments;
    std::vector<Parameter> parameters;
    const auto assign = [&](std::string_view column, const auto& value)
    {
        if (!value) return;
        assignments.append(assignments.empty() ? "[" : ", [").append(column).append("] = ?");
        if constexpr (std::is_same_v<std::decay_t<decltype(*value)>, std::string>)
            parameters.emplace_back(*value);
        else
            parameters.emplace_back(static_cast<int64_t>(*value));
    };
    assign("username", changes.name);
    assign("password", changes.passwordHash);
    assign("display_name", changes.displayName);
    assign("role", changes.role);
    assign("status", changes.status);
    assign("email", changes.email);
    assign("group", changes.group);
    assign("access_token", changes.accessToken);
    assign("aff_code", changes.inviteCode);
    assign("github_id", changes.githubId);
    assign("wechat_id", changes.wechatId);
    assign("lark_id", changes.larkId);
    assign("oidc_id", changes.oidcId);
    if (assignments.empty()) return session_.number("SELECT COUNT(*) FROM [users] WHERE [id] = ?", id) > 0;
    parameters.emplace_back(id);
    return session_.executeList("UPDATE [users] SET " + assignments + " WHERE [id] = ?", parameters) > 0;
}

} // namespace switchyard::store
