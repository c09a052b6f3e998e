#include "store/token_repository.h"

#include "base/clock.h"
#include "base/text.h"
#include "store/ledger_repository.h"
#include "store/multi_insert.h"

namespace switchyard::store
{

namespace
{

using Poco::Int64;
using Fields =
    Poco::Tuple<Int64, Int64, std::string, Int64, std::string, Int64, Int64, Int64, Int64, std::string, std::string>;

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
    return row;
}

} // namespace

std::vector<TokenRow> TokenRepository::all()
{
    const std::string unlimited = booleanSql(session_.backend(), "unlimited_quota");
    std::vector<TokenRow> rows;
    for (const Fields& fields :
         session_.query<Fields>("SELECT [id], [user_id], [key], [status], [name], [expired_time], [remain_quota], " +
                                unlimited + ", [used_quota], [models], [subnet] FROM [tokens] ORDER BY [id]"))
        rows.push_back(rowOf(fields));
    return rows;
}

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

} // namespace switchyard::store
