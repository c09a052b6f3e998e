// Users' API keys.
#pragma once

#include "store/db_session.h"
#include "store/entities.h"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace switchyard::store
{

/// A row of `tokens`.
struct TokenRow
{
    ApiToken token;
    std::string key; ///< without `sk-`
};

/// Works inside the transaction of its session.
class TokenRepository
{
public:
    explicit TokenRepository(DbSession& session) : session_(session) {}

    /// Sorted by id.
    std::vector<TokenRow> all();
    /// The new id. Opens the account's books too. Throws when the key is in use (isUniqueViolation).
    int64_t insert(const TokenRow& row);
    /// Closes its books, too. False when there was none.
    bool remove(int64_t id);

private:
    DbSession& session_;
};

} // namespace switchyard::store
