#include "store/ledger_repository.h"

#include "store/log_repository.h"
#include "store/multi_insert.h"

namespace switchyard::store
{

namespace
{

using Poco::Int64;

std::string textOf(AccountKind kind) { return kind == AccountKind::user ? "user" : "token"; }

template <class T>
std::optional<T> firstOf(const std::vector<T>& rows)
{
    if (rows.empty()) return std::nullopt;
    return rows.front();
}

// NULL for what an explanation does not say.
Parameter textOrNull(const std::string& text) { return text.empty() ? Parameter::noText() : Parameter(text); }

const std::vector<std::string_view> kLogColumns{
    "user_id",          "created_at",   "type",         "content",       "username",
    "token_name",       "model_name",   "quota",        "prompt_tokens", "completion_tokens",
    "channel_id",       "request_id",   "elapsed_time", "is_stream",     "system_prompt_reset",
    "branch",           "usage_source", "unpaid",       "held",          "cached_tokens",
    "reasoning_tokens", "token_id",     "token_quota",  "node",          "journal_seq",
    "upstream_id",      "finish",       "detail"};

void append(std::vector<Parameter>& to, const LogRow& row)
{
    // A row that is no charge of the ledger leaves the ledger's numbers NULL.
    const auto number = [&](int64_t value) { return row.journalSeq == 0 ? Parameter::noNumber() : Parameter(value); };
    to.insert(to.end(), {row.userId,
                         row.createdAt,
                         static_cast<int>(row.type),
                         row.content,
                         row.userName,
                         row.tokenName,
                         row.modelName,
                         row.quota,
                         row.promptTokens,
                         row.completionTokens,
                         row.channelId,
                         row.requestId,
                         row.elapsedMs,
                         row.stream,
                         row.systemPromptReset,
                         textOrNull(row.branch),
                         textOrNull(row.usageSource),
                         number(row.unpaid),
                         number(row.held),
                         number(row.cachedTokens),
                         number(row.reasoningTokens),
                         number(row.tokenId),
                         number(row.tokenQuota),
                         textOrNull(row.node),
                         number(row.journalSeq),
                         textOrNull(row.upstreamId),
                         textOrNull(row.finish),
                         textOrNull(row.detail)});
}

const std::vector<std::string_view> kEntryColumns{"account_kind", "account_id", "delta",     "balance_after",
                                                  "cause",        "actor",      "reference", "created_at"};

} // namespace

std::optional<JournalPosition> LedgerRepository::positionOf(std::string_view journal)
{
    using Fields = Poco::Tuple<Int64, Int64>;
    const auto found =
        firstOf(session_.query<Fields>("SELECT [epoch], [seq] FROM [ledger_positions] WHERE [journal] = ?", journal));
    if (!found) return std::nullopt;
    return JournalPosition{std::string(journal), found->get<0>(), found->get<1>()};
}

void LedgerRepository::addPosition(std::string_view journal, int64_t epoch)
{
    session_.execute("INSERT INTO [ledger_positions] ([journal], [epoch], [seq]) VALUES (?, ?, 0)", journal, epoch);
}

bool LedgerRepository::advancePosition(std::string_view journal, int64_t epoch, int64_t from, int64_t to)
{
    // MySQL counts only rows that change: `to` is never `from`.
    return session_.execute("UPDATE [ledger_positions] SET [seq] = ? WHERE [journal] = ? AND [epoch] = ? AND [seq] = ?",
                            to, journal, epoch, from) == 1;
}

std::optional<int64_t> LedgerRepository::applyToUser(int64_t id, int64_t balanceDelta, int64_t usedQuota,
                                                     int64_t requestCount)
{
    const std::string update = "UPDATE [users] SET [quota] = COALESCE([quota], 0) + ?, "
                               "[used_quota] = COALESCE([used_quota], 0) + ?, "
                               "[request_count] = COALESCE([request_count], 0) + ? WHERE [id] = ?";
    if (session_.backend() != Backend::mysql) // MariaDB has no UPDATE ... RETURNING
        return firstOf(session_.query<Int64>(update + " RETURNING [quota]", balanceDelta, usedQuota, requestCount, id));
    session_.execute(update, balanceDelta, usedQuota, requestCount, id);
    return readUserBalance(id);
}

std::optional<int64_t> LedgerRepository::applyToToken(int64_t id, int64_t remainDelta, int64_t usedQuota,
                                                      int64_t accessedAt)
{
    const std::string update = "UPDATE [tokens] SET [remain_quota] = COALESCE([remain_quota], 0) + ?, "
                               "[used_quota] = COALESCE([used_quota], 0) + ?, [accessed_time] = ? WHERE [id] = ?";
    if (session_.backend() != Backend::mysql)
        return firstOf(
            session_.query<Int64>(update + " RETURNING [remain_quota]", remainDelta, usedQuota, accessedAt, id));
    session_.execute(update, remainDelta, usedQuota, accessedAt, id);
    const auto token = readTokenBalance(id);
    return token ? std::optional(token->remainQuota) : std::nullopt;
}

void LedgerRepository::addChannelUse(int64_t channelId, int64_t quota)
{
    session_.execute("UPDATE [channels] SET [used_quota] = COALESCE([used_quota], 0) + ? WHERE [id] = ?", quota,
                     channelId);
}

std::optional<int64_t> LedgerRepository::readUserBalance(int64_t id)
{
    return firstOf(session_.query<Int64>("SELECT [quota] FROM [users] WHERE [id] = ?", id));
}

std::optional<TokenBalance> LedgerRepository::readTokenBalance(int64_t id)
{
    using Fields = Poco::Tuple<Int64, Int64>;
    const auto found = firstOf(session_.query<Fields>(
        "SELECT [remain_quota], " + booleanSql(session_.backend(), "unlimited_quota") + " FROM [tokens] WHERE [id] = ?",
        id));
    if (!found) return std::nullopt;
    return TokenBalance{id, found->get<0>(), found->get<1>() != 0};
}

std::vector<UserBalance> LedgerRepository::readUserBalances(std::span<const int64_t> ids)
{
    std::vector<UserBalance> balances;
    for (const int64_t id : ids)
        if (const auto quota = readUserBalance(id)) balances.push_back({id, *quota});
    return balances;
}

std::vector<TokenBalance> LedgerRepository::readTokenBalances(std::span<const int64_t> ids)
{
    std::vector<TokenBalance> balances;
    for (const int64_t id : ids)
        if (const auto balance = readTokenBalance(id)) balances.push_back(*balance);
    return balances;
}

Balances LedgerRepository::balances()
{
    Balances all;
    using Position = Poco::Tuple<std::string, Int64, Int64>;
    for (const Position& row : session_.query<Position>("SELECT [journal], [epoch], [seq] FROM [ledger_positions]"))
        all.positions.push_back({row.get<0>(), row.get<1>(), row.get<2>()});
    using User = Poco::Tuple<Int64, Int64>;
    for (const User& row : session_.query<User>("SELECT [id], [quota] FROM [users] ORDER BY [id]"))
        all.users.push_back({row.get<0>(), row.get<1>()});
    using Token = Poco::Tuple<Int64, Int64, Int64>;
    for (const Token& row :
         session_.query<Token>("SELECT [id], [remain_quota], " + booleanSql(session_.backend(), "unlimited_quota") +
                               " FROM [tokens] ORDER BY [id]"))
        all.tokens.push_back({row.get<0>(), row.get<1>(), row.get<2>() != 0});
    return all;
}

void LedgerRepository::insertLogs(std::span<const LogRow> rows)
{
    std::vector<Parameter> parameters;
    parameters.reserve(rows.size() * kLogColumns.size());
    for (const LogRow& row : rows)
        append(parameters, row);
    insertRows(session_, "logs", kLogColumns, parameters);
}

void LedgerRepository::insertEntries(std::span<const LedgerEntry> entries)
{
    std::vector<Parameter> parameters;
    parameters.reserve(entries.size() * kEntryColumns.size());
    for (const LedgerEntry& entry : entries)
        parameters.insert(parameters.end(), {textOf(entry.kind), entry.accountId, entry.delta, entry.balanceAfter,
                                             entry.cause, entry.actor, entry.reference, entry.createdAt});
    insertRows(session_, "ledger_entries", kEntryColumns, parameters);
}

std::vector<LogRow> LedgerRepository::logsOfRequest(std::string_view requestId)
{
    return LogRepository(session_).ofRequest(requestId);
}

std::vector<LedgerEntry> LedgerRepository::entriesOf(AccountKind kind, int64_t accountId)
{
    using Fields = Poco::Tuple<Int64, Int64, Int64, std::string, std::string, std::string, Int64>;
    std::vector<LedgerEntry> entries;
    for (const Fields& row :
         session_.query<Fields>("SELECT [id], [delta], [balance_after], [cause], [actor], [reference], [created_at] "
                                "FROM [ledger_entries] WHERE [account_kind] = ? AND [account_id] = ? ORDER BY [id]",
                                textOf(kind), accountId))
        entries.push_back({row.get<0>(), kind, accountId, row.get<1>(), row.get<2>(), row.get<3>(), row.get<4>(),
                           row.get<5>(), row.get<6>()});
    return entries;
}

} // namespace switchyard::store
