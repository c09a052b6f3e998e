// Accounts.
#pragma once

#include "store/db_session.h"
#include "store/entities.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace switchyard::store
{

/// What a new row of `users` is made of.
struct NewUser
{
    User user; ///< id is given by the database
    std::string passwordHash;
    std::string displayName;
    std::string accessToken;
    std::string inviteCode;
    std::string email;
    int64_t inviterId = 0; ///< 0: nobody
};

/// A row of `users`, whole.
struct UserRow
{
    User user;
    std::string passwordHash;
    std::string displayName;
    std::string email;
    std::string githubId;
    std::string wechatId;
    std::string larkId;
    std::string oidcId;
    std::string accessToken;
    std::string inviteCode;
    int64_t requestCount = 0;
    int64_t inviterId = 0;
};

/// What is to change in a row of `users`; what is not given stays. Balances are not in here: they have one writer.
struct UserChanges
{
    std::optional<std::string> name;
    std::optional<std::string> passwordHash;
    std::optional<std::string> displayName;
    std::optional<int> role;
    std::optional<UserStatus> status;
    std::optional<std::string> email;
    std::optional<std::string> group;
    std::optional<std::string> accessToken;
    std::optional<std::string> inviteCode;
    std::optional<std::string> githubId;
    std::optional<std::string> wechatId;
    std::optional<std::string> larkId;
    std::optional<std::string> oidcId;
};

enum class UserOrder
{
    newestFirst,
    quota,
    usedQuota,
    requestCount
};

/// Works inside the transaction of its session.
class UserRepository
{
public:
    explicit UserRepository(DbSession& session) : session_(session) {}

    int64_t count();
    /// Sorted by id.
    std::vector<User> all();
    std::optional<User> findByName(std::string_view name);
    /// The root account with the lowest id.
    std::optional<User> root();
    /// The new id. Opens the account's books too.
    int64_t insert(const NewUser& user);

    /// Of any status, as the others unless they say otherwise.
    std::optional<UserRow> find(int64_t id);
    std::optional<UserRow> findRowByName(std::string_view name);
    /// Not deleted, and the one with the lowest id: addresses are not unique.
    std::optional<UserRow> findByEmail(std::string_view email);
    std::optional<UserRow> findByAccessToken(std::string_view accessToken);
    std::optional<UserRow> findByInviteCode(std::string_view inviteCode);

    /// Without deleted ones; every order is descending.
    std::vector<UserRow> list(UserOrder order, int64_t offset, int64_t limit);
    /// Without deleted ones: id equal, or name, address or display name beginning with the keyword.
    std::vector<UserRow> search(std::string_view keyword);

    /// False when there is no such row. Throws when a name or token is in use (isUniqueViolation).
    bool update(int64_t id, const UserChanges& changes);

private:
    std::optional<UserRow> findWhere(std::string_view column, const std::string& value);

    DbSession& session_;
};

} // namespace switchyard::store
