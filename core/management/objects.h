// The JSON objects of the API (admin-api.md 2).
#pragma once

#include "store/token_repository.h"
#include "store/user_repository.h"

#include <string>

namespace switchyard::management
{

/// All 19 members; password, verification code and access token are always ''.
std::string userJson(const store::UserRow& row);
/// All 13 members, the key in clear and without `sk-`; what is NULL in the table is ''.
std::string tokenJson(const store::TokenRow& row);

} // namespace switchyard::management
