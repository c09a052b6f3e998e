// The seam between the writer and the database: one method per step, so that a test can fail or kill each (ledger.md 7, 12).
#pragma once

#include "ledger/holds/account.h"
#include "ledger/journal/record.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace switchyard::ledger
{

/// What a batch adds up to for one account.
struct AccountChange
{
    AccountKind kind = AccountKind::user;
    int64_t id = 0;
    int64_t charged = 0;  ///< subtracted from the balance
    int64_t used = 0;     ///< added to used_quota: an unlimited token is not charged, and yet used
    int64_t requests = 0; ///< added to users.request_count
};

struct BalanceRow
{
    AccountKind kind = AccountKind::user;
    int64_t id = 0;
    int64_t balance = 0;
    bool limited = true; ///< false: a token that is not charged itself
};

/// A change of a balance that is no charge.
struct Entry
{
    AccountKind kind = AccountKind::user;
    int64_t id = 0;
    int64_t delta = 0;
    int64_t balanceAfter = 0;
    std::string cause; ///< `topup`, `redemption`, `edit`, `foreign`, `opening`, `refund` ...
    std::string who;
    std::string reference;
    int64_t at = 0; ///< Unix milliseconds
};

/// A settlement as it becomes a row of `logs`.
struct ChargeRow
{
    const SettleRecord* settle = nullptr;
    uint64_t sequence = 0;
    int64_t tokenQuota = 0; ///< that the token itself paid; 0: it is unlimited, or gone
};

/// A row of `logs` that is no charge.
struct NoteRow
{
    int64_t userId = 0;
    int type = 0;
    std::string userName;
    std::string content;
    int64_t quota = 0;
    int64_t at = 0; ///< Unix milliseconds
};

struct RedeemedCode
{
    enum class State : uint8_t
    {
        missing,
        redeemed, ///< just now, for `quota`
        used,
        disabled
    };
    State state = State::missing;
    int64_t id = 0;
    int64_t quota = 0;
};

/// How a step failed, and what that means for the batch.
enum class BookFault : uint8_t
{
    busy,     ///< deadlock, serialization failure, locked: the whole batch again
    lost,     ///< the connection went, or COMMIT failed: read the position in a new session, then decide
    fenced,   ///< the position is not where this writer left it: somebody else applies this journal
    rejected  ///< this statement with these values: halve the batch
};
struct BookError
{
    BookFault fault = BookFault::lost;
    std::string what;
};

/// One transaction at a time: begin() ... commit() or abandon(); all else between them. Everything may fail. [the writer's
/// thread]
class Books
{
public:
    virtual ~Books() = default;
    using Outcome = std::optional<BookError>; ///< no value: it worked

    virtual Outcome begin() = 0; ///< what is read from here on stays true until the commit
    virtual Outcome commit() = 0;
    virtual void abandon() noexcept = 0; ///< roll back, after any failure and where nothing is to be kept

    /// The last applied sequence of `journal`; no value: this database has never heard of it.
    virtual Outcome position(std::string_view journal, std::optional<uint64_t>& sequence) = 0;
    /// Makes the row, at 0.
    virtual Outcome addPosition(std::string_view journal) = 0;
    /// Must hit exactly one row; otherwise BookFault::fenced.
    virtual Outcome advance(std::string_view journal, uint64_t from, uint64_t to) = 0;

    /// One relative UPDATE each, in the order given, and what the balances are then; an account that is gone is left out.
    virtual Outcome apply(std::span<const AccountChange> changes, int64_t now, std::vector<BalanceRow>& after) = 0;
    virtual Outcome addChannelUse(int64_t channelId, int64_t quota) = 0;
    virtual Outcome insertCharges(std::span<const ChargeRow> charges) = 0;

    virtual Outcome balance(AccountKind kind, int64_t id, std::optional<BalanceRow>& row) = 0;
    /// All users and tokens.
    virtual Outcome allBalances(std::vector<BalanceRow>& rows) = 0;
    virtual Outcome addToBalance(AccountKind kind, int64_t id, int64_t delta) = 0;
    /// Marks an enabled code as used, once.
    virtual Outcome redeem(std::string_view code, int64_t now, RedeemedCode& redeemed) = 0;
    virtual Outcome insertNote(const NoteRow& note) = 0;

    virtual Outcome insertEntries(std::span<const Entry> entries) = 0;
    /// The number of the newest entry of all accounts; 0: there is none.
    virtual Outcome lastEntry(int64_t& number) = 0;
    /// What the account's entries behind `number` add up to, those of retention left out: they move no balance.
    virtual Outcome enteredSince(int64_t number, AccountKind kind, int64_t id, int64_t& sum) = 0;
    /// Opens the books of accounts that have no entry `opening`: what the column holds, charges and entries considered.
    virtual Outcome openAccounts(int64_t now) = 0;
    /// Whether this very entry is in the table.
    virtual Outcome hasEntry(const Entry& entry, bool& there) = 0;

    /// Whether anybody else may have written since the last time that this was asked in a transaction that was committed.
    virtual Outcome moved(bool& yes) = 0;
};

} // namespace switchyard::ledger
