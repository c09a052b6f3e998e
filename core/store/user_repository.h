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

private:
    DbSession& session_;
};

} // namespace switchyard::store
