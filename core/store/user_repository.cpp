#include "store/user_repository.h"

#include "base/clock.h"
#include "base/text.h"
#include "store/ledger_repository.h"

namespace switchyard::store
{

namespace
{

using Poco::Int64;
using Fields = Poco::Tuple<Int64, std::string, Int64, Int64, std::string, Int64, Int64>;

constexpr std::string_view kSelect =
    "SELECT [id], [username], [role], [status], [group], [quota], [used_quota] FROM [users]";

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
                     "[quota], [used_quota], [request_count], [group], [aff_code], [inviter_id]) "
                     "VALUES (?, ?, ?, ?, ?, ?, ?, 0, 0, ?, ?, 0)",
                     user.name, added.passwordHash, added.displayName, user.role, static_cast<int>(user.status),
                     added.accessToken, user.quota, user.group, added.inviteCode);
    const int64_t id = session_.lastId();
    LedgerRepository(session_).openAccount(AccountKind::user, id, user.quota, unixMillis());
    return id;
}

} // namespace switchyard::store
