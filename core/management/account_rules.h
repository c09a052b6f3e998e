// What an account's names and passwords must look like, and how a new account is made.
#pragma once

#include "management/context.h"
#include "store/options.h"
#include "store/user_repository.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace switchyard::management
{

/// Throw Refusal. Lengths count characters, not bytes (admin-api.md 2).
void checkUserName(std::string_view name);
void checkPassword(std::string_view password);
void checkDisplayName(std::string_view name);

/// The options as they are in the database now: a snapshot may be a moment older.
store::Options currentOptions(const Context& context);

struct NewAccount
{
    std::string name;
    std::string displayName;
    std::string password;
    std::string email;
    std::string inviteCode; ///< of who invited; unknown or '': nobody
};

/// Makes a common user of the group `default` with the welcome gift and a token named `default`, credits the two sides
/// of an invitation, and logs what was given. Throws Refusal when the name is taken.
void createAccount(const Context& context, const NewAccount& account, const std::string& requestId, Language language);

/// Renames the account to something that nobody uses and sets its status to deleted: its name is free again, its rows
/// keep their owner (admin-api.md 1.6). [inside a write transaction]
void softDelete(store::UserRepository& users, int64_t id);

} // namespace switchyard::management
