// The part of LedgerRepository that adds up: opening entries, audit sums, retention.
#include "store/ledger_repository.h"

#include <array>
#include <map>
#include <string>

namespace switchyard::store
{

namespace
{

using Poco::Int64;

/// Where the three numbers of an account's books are found.
struct Source
{
    AccountKind kind;
    std::string word;    ///< ledger_entries.account_kind
    std::string table;   ///< of the account
    std::string balance; ///< its column there
    std::string account; ///< the column of `logs` that names the account
    std::string charge;  ///< the column of `logs` that charges it
};

const std::array<Source, 2>& sources()
{
    static const std::array<Source, 2> both{
        Source{AccountKind::user, "user", "users", "quota", "user_id", "quota"},
        Source{AccountKind::token, "token", "tokens", "remain_quota", "token_id", "token_quota"}};
    return both;
}

std::string column(const std::string& name) { return "[" + name + "]"; }

/// SELECT of (account, sum) over the rows of the ledger that `condition` leaves.
std::string chargesSql(Backend backend, const Source& of, const std::string& condition = "")
{
    return "SELECT " + column(of.account) + " AS [account], " + sumSql(backend, column(of.charge)) +
           " AS [total] FROM [logs] WHERE [journal_seq] IS NOT NULL AND " + column(of.account) + " IS NOT NULL" +
           condition + " GROUP BY " + column(of.account);
}

const char* const kNotOpened = "NOT EXISTS (SELECT 1 FROM [ledger_entries] AS [o] WHERE [o].[account_kind] = ? AND "
                               "[o].[account_id] = [a].[id] AND [o].[cause] = 'opening')";

const Source& sourceOf(AccountKind kind) { return sources()[kind == AccountKind::user ? 0 : 1]; }

using Total = Poco::Tuple<Int64, Int64>;

} // namespace

std::optional<int64_t> LedgerRepository::unusedId(AccountKind kind)
{
    if (session_.backend() != Backend::sqlite) return std::nullopt;
    const Source& of = sourceOf(kind);
    return 1 +
           session_.number("SELECT MAX([id]) FROM (SELECT MAX([id]) AS [id] FROM " + column(of.table) +
                               " UNION ALL SELECT MAX([account_id]) FROM [ledger_entries] WHERE [account_kind] = ?)",
                           of.word);
}

void LedgerRepository::closeAccount(AccountKind kind, int64_t id, int64_t nowMs)
{
    const Source& of = sourceOf(kind);
    const auto found =
        session_.query<Int64>("SELECT " + column(of.balance) + " FROM " + column(of.table) + " WHERE [id] = ?", id);
    if (found.empty()) return;
    const LedgerEntry entry{0, kind, id, -found.front(), 0, "removed", "", "", nowMs};
    insertEntries({&entry, 1});
}

void LedgerRepository::openAccount(AccountKind kind, int64_t id, int64_t balance, int64_t nowMs)
{
    const LedgerEntry entry{0, kind, id, balance, balance, "opening", "", "", nowMs};
    insertEntries({&entry, 1});
}

size_t LedgerRepository::openAccounts(int64_t nowMs)
{
    size_t opened = 0;
    for (const Source& of : sources())
    {
        const std::string accounts = column(of.table) + " AS [a]";
        // Asked first: adding up all charges is worth it only when somebody is new.
        if (session_.number("SELECT COUNT(*) FROM " + accounts + " WHERE " + kNotOpened, of.word) == 0) continue;
        const std::string balance = "COALESCE([a]." + column(of.balance) + ", 0)";
        opened += session_.execute(
            "INSERT INTO [ledger_entries] ([account_kind], [account_id], [delta], [balance_after], [cause], [actor], "
            "[reference], [created_at]) SELECT '" +
                of.word + "', [a].[id], " + balance + " + COALESCE([c].[total], 0) - COALESCE([e].[total], 0), " +
                balance + ", 'opening', '', '', ? FROM " + accounts + " LEFT JOIN (" +
                chargesSql(session_.backend(), of) +
                ") AS [c] ON [c].[account] = [a].[id] LEFT JOIN (SELECT [account_id] AS [account], " +
                sumSql(session_.backend(), "[delta]") + " AS [total] FROM [ledger_entries] WHERE [account_kind] = '" +
                of.word + "' GROUP BY [account_id]) AS [e] ON [e].[account] = [a].[id] WHERE " + kNotOpened,
            nowMs, of.word);
    }
    return opened;
}

std::vector<AccountBooks> LedgerRepository::books()
{
    std::vector<AccountBooks> all;
    for (const Source& of : sources())
    {
        std::map<int64_t, AccountBooks> books;
        for (const Total& row :
             session_.query<Total>("SELECT [id], " + column(of.balance) + " FROM " + column(of.table)))
            books[row.get<0>()] = {.kind = of.kind, .id = row.get<0>(), .column = row.get<1>()};
        const auto addUp = [&](const std::vector<Total>& totals, auto&& add)
        {
            for (const Total& row : totals)
                if (const auto at = books.find(row.get<0>()); at != books.end()) add(at->second, row.get<1>());
        };
        const std::string entries = "SELECT [account_id], " + sumSql(session_.backend(), "[delta]") +
                                    " FROM [ledger_entries] WHERE [account_kind] = ? AND [cause] ";
        addUp(session_.query<Total>(entries + "= 'opening' GROUP BY [account_id]", of.word),
              [](AccountBooks& account, int64_t total)
              {
                  account.opened = true;
                  account.opening = total;
              });
        addUp(session_.query<Total>(entries + "<> 'opening' GROUP BY [account_id]", of.word),
              [](AccountBooks& account, int64_t total) { account.entries = total; });
        addUp(session_.query<Total>(chargesSql(session_.backend(), of)),
              [](AccountBooks& account, int64_t total) { account.charges = total; });
        for (auto& [id, account] : books)
            all.push_back(account);
    }
    return all;
}

size_t LedgerRepository::removeLogs(int64_t before, std::string_view actor, int64_t nowMs)
{
    for (const Source& of : sources())
    {
        std::vector<LedgerEntry> entries;
        for (const Total& row :
             session_.query<Total>(chargesSql(session_.backend(), of, " AND [created_at] < ?"), before))
        {
            if (row.get<1>() == 0) continue;
            const int64_t id = row.get<0>();
            const int64_t balance =
                session_.number("SELECT " + column(of.balance) + " FROM " + column(of.table) + " WHERE [id] = ?", id);
            entries.push_back({0, of.kind, id, -row.get<1>(), balance, "retention", std::string(actor),
                               "logs before " + std::to_string(before), nowMs});
        }
        insertEntries(entries);
    }
    return session_.execute("DELETE FROM [logs] WHERE [created_at] < ?", before);
}

} // namespace switchyard::store
