// What the ledger's writer reads and writes: positions, balances, charges and the entries that explain the rest.
#pragma once

#include "store/db_session.h"
#include "store/log_row.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace switchyard::store
{

enum class AccountKind
{
    user,
    token
};

/// A change of a balance that is no charge. For every account: sum of `delta` - charges in `logs` = column.
struct LedgerEntry
{
    int64_t id = 0; ///< given by the database
    AccountKind kind = AccountKind::user;
    int64_t accountId = 0;
    int64_t delta = 0;
    int64_t balanceAfter = 0;
    std::string cause; ///< `opening`, `topup`, `redemption`, `edit`, `foreign`, `refund`, `retention` ...
    std::string actor; ///< who did it: a user's name, or empty
    std::string reference;
    int64_t createdAt = 0; ///< Unix milliseconds
};

struct JournalPosition
{
    std::string journal;
    int64_t epoch = 0;
    int64_t seq = 0; ///< the last one that has been applied
};

struct UserBalance
{
    int64_t id = 0;
    int64_t quota = 0;
};

struct TokenBalance
{
    int64_t id = 0;
    int64_t remainQuota = 0;
    bool unlimited = false;
};

/// Everything that a start, or a look after foreign edits, needs: of one moment.
struct Balances
{
    std::vector<JournalPosition> positions;
    std::vector<UserBalance> users;
    std::vector<TokenBalance> tokens; ///< unlimited ones too: they may become limited
};

/// One account's books. They are right when opening + entries - charges == column.
struct AccountBooks
{
    AccountKind kind = AccountKind::user;
    int64_t id = 0;
    bool opened = false; ///< has an entry `opening`
    int64_t opening = 0;
    int64_t entries = 0; ///< all others
    int64_t charges = 0;
    int64_t column = 0;
};

/// Works inside the transaction of its session. Throws Poco::Exception.
class LedgerRepository
{
public:
    explicit LedgerRepository(DbSession& session) : session_(session) {}

    std::optional<JournalPosition> positionOf(std::string_view journal);
    /// Makes the row of a new journal, at 0.
    void addPosition(std::string_view journal, int64_t epoch);
    /// Whether exactly one row was at `from` under this epoch and is at `to` now. When not: this batch has been applied
    /// already, or somebody else owns the journal; roll back.
    bool advancePosition(std::string_view journal, int64_t epoch, int64_t from, int64_t to);

    /// One relative UPDATE. The balance after it; nothing when the user is gone.
    std::optional<int64_t> applyToUser(int64_t id, int64_t balanceDelta, int64_t usedQuota, int64_t requestCount);
    /// The same for a token. `accessedAt`: Unix seconds.
    std::optional<int64_t> applyToToken(int64_t id, int64_t remainDelta, int64_t usedQuota, int64_t accessedAt);
    void addChannelUse(int64_t channelId, int64_t quota);

    std::optional<int64_t> readUserBalance(int64_t id);
    std::optional<TokenBalance> readTokenBalance(int64_t id);
    /// Those that are gone are left out.
    std::vector<UserBalance> readUserBalances(std::span<const int64_t> ids);
    std::vector<TokenBalance> readTokenBalances(std::span<const int64_t> ids);
    Balances balances();

    void insertLogs(std::span<const LogRow> rows);
    void insertEntries(std::span<const LedgerEntry> entries);

    /// The number of the newest entry; 0: there is none.
    int64_t lastEntry();
    /// What the account's entries with higher numbers add up to; those of retention and of audits are left out: they move no balance.
    int64_t enteredSince(int64_t number, AccountKind kind, int64_t accountId);
    /// Whether this very entry is there; its own number is not asked for.
    bool hasEntry(const LedgerEntry& entry);
    /// One relative UPDATE of the balance alone.
    void addToBalance(AccountKind kind, int64_t id, int64_t delta);

    /// An id that no account has ever had: SQLite alone would give the id of the last row again after it was deleted,
    /// and with it the books. Nothing where the backend's own sequence sees to that.
    std::optional<int64_t> unusedId(AccountKind kind);
    /// The entry `opening` of an account that has just been made, in the transaction that made it.
    void openAccount(AccountKind kind, int64_t id, int64_t balance, int64_t nowMs);
    /// The entry `removed`, which takes what is left, before the account's row is deleted.
    void closeAccount(AccountKind kind, int64_t id, int64_t nowMs);
    /// Opens the books of every user and token that has none: what the column holds, and what has been charged or
    /// entered already, becomes an entry `opening`. How many.
    size_t openAccounts(int64_t nowMs);
    /// Every living user's and token's books, sorted by kind and id.
    std::vector<AccountBooks> books();
    /// All rows of a request (a retry writes one, a refund another), by id.
    std::vector<LogRow> logsOfRequest(std::string_view requestId);
    /// By id.
    std::vector<LedgerEntry> entriesOf(AccountKind kind, int64_t accountId);
    /// Deletes the log rows that are older than `before` (Unix seconds), after it has entered what their charges sum up
    /// to (cause `retention`), so that the books stay right. How many rows.
    size_t removeLogs(int64_t before, std::string_view actor, int64_t nowMs);

private:
    DbSession& session_;
};

} // namespace switchyard::store
