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
    std::string models; ///< as it stands in the table: token.models joined by commas. Read only
    int64_t createdAt = 0;  ///< Unix seconds, as the next. Read only
    int64_t accessedAt = 0;
};

/// What a form may change of a token; its balance and status have ways of their own.
struct TokenForm
{
    std::string name;
    int64_t expiresAt = -1;
    bool unlimited = false;
    std::string models; ///< comma separated
    std::string subnet;
};

enum class TokenOrder
{
    newestFirst,
    remaining, ///< unlimited ones first, then by what is left
    usedQuota
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

    /// A user's own. Every order is descending.
    std::vector<TokenRow> list(int64_t userId, TokenOrder order, int64_t offset, int64_t limit);
    /// A user's own, by the beginning of their name.
    std::vector<TokenRow> search(int64_t userId, std::string_view keyword);
    /// Nothing when there is none or it is somebody else's.
    std::optional<TokenRow> find(int64_t userId, int64_t id);
    /// False when there was none.
    bool update(int64_t id, const TokenForm& form);
    bool setStatus(int64_t id, TokenStatus status);
    bool addRemaining(int64_t id, int64_t delta);
    /// The user it belongs to; 0 when there is no such token.
    int64_t ownerOf(int64_t id);

private:
    std::string select() const;

    DbSession& session_;
};

} // namespace switchyard::store
