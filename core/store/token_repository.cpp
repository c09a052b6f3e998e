#include "store/token_repository.h"

#include "base/clock.h"
#include "base/text.h"
#include "store/ledger_repository.h"
#include "store/like.h"
#include "store/multi_insert.h"

namespace switchyard::store
{

namespace
{

using Poco::Int64;
using Fields =
    Poco::Tuple<Int64, Int64, std::string, Int64, std::string, Int64, Int64, Int64, Int64, std::string, std::string,
                Int64, Int64>;

TokenRow rowOf(const Fields& fields)
{
    TokenRow row;
    ApiToken& token = row.token;
    token.id = fields.get<0>();
    token.userId = fields.get<1>();
    row.key = std::string(trim(fields.get<2>())); // char(48) is padded with blanks in PostgreSQL
    token.status = static_cast<TokenStatus>(fields.get<3>());
    token.name = fields.get<4>();
    token.expiresAt = fields.get<5>();
    token.remainQuota = fields.get<6>();
    token.unlimited = fields.get<7>() != 0;
    token.usedQuota = fields.get<8>();
    for (std::string_view model : split(fields.get<9>(), ','))
        if (!trim(model).empty()) token.models.emplace_back(trim(model));
    token.subnet = std::string(trim(fields.get<10>()));
    row.models = fields.get<9>();
    row.createdAt = fields.get<11>();
    row.accessedAt = fields.get<12>();
    return row;
}

std::vector<TokenRow> rowsOf(const std::vector<Fields>& found)
{
    std::vector<TokenRow> rows;
    for (const Fields& fields : found)
        rows.push_back(rowOf(fields));
    return rows;
}

} // namespace

std::string TokenRepository::select() const
{
    return "SELECT [id], [user_id], [key], [status], [name], [expired_time], [remain_quota], " +
           booleanSql(session_.backend(), "unlimited_quota") +
           ", [used_quota], [models], [subnet], [created_time], [accessed_time] FROM [tokens]";
}

std::vector<TokenRow> TokenRepository::all() { return rowsOf(session_.query<Fields>(select() + " ORDER BY [id]")); }

int64_t TokenRepository::insert(const TokenRow& row)
{
    const ApiToken& token = row.token;
    const int64_t now = unixMillis() / 1000;
    std::string models;
    for (const std::string& model : token.models)
        models += (models.empty() ? "" : ",") + model;
    LedgerRepository ledger(session_);
    std::vector<std::string_view> columns{"user_id",         "key",           "status",       "name",
                                          "created_time",    "accessed_time", "expired_time", "remain_quota",
                                          "unlimited_quota", "used_quota",    "models",       "subnet"};
    std::vector<Parameter> values{token.userId,
                                  row.key,
                                  static_cast<int>(token.status),
                                  token.name,
                                  now,
                                  now,
                                  token.expiresAt,
                                  token.remainQuota,
                                  token.unlimited,
                                  0,
                                  models,
                                  token.subnet};
    if (const auto unused = ledger.unusedId(AccountKind::token))
    {
        columns.push_back("id");
        values.emplace_back(*unused);
    }
    insertRows(session_, "tokens", columns, values);
    const int64_t id = session_.lastId();
    ledger.openAccount(AccountKind::token, id, token.remainQuota, unixMillis());
    return id;
}

bool TokenRepository::remove(int64_t id)
{
    LedgerRepository(session_).closeAccount(AccountKind::token, id, unixMillis());
    return session_.execute("DELETE FROM [tokens] WHERE [id] = ?", id) > 0;
}

std::vector<TokenRow> TokenRepository::list(int64_t userId, TokenOrder order, int64_t offset, int64_t limit)
{
    std::string sql = select() + " WHERE [user_id] = ? ORDER BY ";
    if (order == TokenOrder::remaining)
        sql += booleanSql(session_.backend(), "unlimited_quota") + " DESC, COALESCE([remain_quota], 0) DESC, ";
    if (order == TokenOrder::usedQuota) sql += "COALESCE([used_quota], 0) DESC, ";
    return rowsOf(session_.query<Fields>(sql + "[id] DESC LIMIT ? OFFSET ?", userId, limit, offset));
}

std::vector<TokenRow> TokenRepository::search(int64_t userId, std::string_view keyword)
{
    return rowsOf(session_.query<Fields>(select() + " WHERE [user_id] = ? AND [name] LIKE ? ESCAPE '!' ORDER BY [id] DESC",
                                         userId, likePrefix(keyword)));
}

std::optional<TokenRow> TokenRepository::find(int64_t userId, int64_t id)
{
    const auto rows = rowsOf(session_.query<Fields>(select() + " WHERE [id] = ? AND [user_id] = ?", id, userId));
    if (rows.empty()) return std::nullopt;
    return rows.front();
}

bool TokenRepository::update(int64_t id, const TokenForm& form)
{
    return session_.execute("UPDATE [tokens] SET [name] = ?, [expired_time] = ?, [unlimited_quota] = ?, [models] = ?, "
                            "[subnet] = ? WHERE [id] = ?",
                            form.name, form.expiresAt, form.unlimited, form.models, form.subnet, id) > 0;
}

bool TokenRepository::setStatus(int64_t id, TokenStatus status)
{
    return session_.execute("UPDATE [tokens] SET [status] = ? WHERE [id] = ?", static_cast<int>(status), id) > 0;
}

bool TokenRepository::addRemaining(int64_t id, int64_t delta)
{
    return session_.execute("UPDATE [tokens] SET [remain_quota] = COALESCE([remain_quota], 0) + ? WHERE [id] = ?", delta,
                            id) > 0;
}

int64_t TokenRepository::ownerOf(int64_t id)
{
    return session_.number("SELECT [user_id] FROM [tokens] WHERE [id] = ?", id);
}

} // namespace switchyard::store
