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

struct AccountChange
{
    AccountKind kind = AccountKind::user;
    int64_t id = 0;
    int64_t charged = 0;  ///< subtracted from the balance, added to used_quota
    int64_t requests = 0; ///< added to users.request_count
};

struct BalanceRow
{
    AccountKind kind = AccountKind::user;
    int64_t id = 0;
    int64_t balance = 0;
};

struct Entry
{
    AccountKind kind = AccountKind::user;
    int64_t id = 0;
    int64_t delta = 0;
    int64_t balanceAfter = 0;
    std::string cause; ///< `topup`, `redemption`, `edit`, `foreign`, `opening`, `refund` ...
    std::string who;
    std::string reference;
};

/// How a step failed, and what that means for the batch.
enum class BookFault : uint8_t
{
    busy,     ///< deadlock, serialization failure, locked: the whole batch again
    lost,     ///< the connection went, or COMMIT failed: read the position in a new session, then decide
    rejected  ///< this statement with these values: halve the batch
};
struct BookError
{
    BookFault fault = BookFault::lost;
    std::string what;
};

/// One transaction at a time: begin() ... commit() or abandon(). Everything may fail. [the writer's thread]
class Books
{
public:
    virtual ~Books() = default;
    using Outcome = std::optional<BookError>; ///< no value: it worked

    virtual Outcome begin() = 0;
    /// The last applied sequence of `journal`; 0 without a row.
    virtual Outcome position(std::string_view journal, uint64_t& sequence) = 0;
    /// Must hit exactly one row (a row at 0 is made when there is none); otherwise BookFault::lost.
    virtual Outcome advance(std::string_view journal, uint64_t from, uint64_t to) = 0;
    /// One relative UPDATE each, in id order.
    virtual Outcome apply(std::span<const AccountChange> changes) = 0;
    virtual Outcome addChannelUse(int64_t channelId, int64_t quota) = 0;
    /// Balances of these accounts, read in this transaction; a row that is gone is left out.
    virtual Outcome balances(std::span<const AccountChange> of, std::vector<BalanceRow>& out) = 0;
    /// All users' and limited tokens' balances.
    virtual Outcome allBalances(std::vector<BalanceRow>& out) = 0;
    virtual Outcome insertLogs(std::span<const Numbered* const> settles) = 0;
    virtual Outcome insertEntries(std::span<const Entry> entries) = 0;
    virtual Outcome commit() = 0;
    virtual void abandon() noexcept = 0; ///< roll back; the next begin() may open a new session
};

} // namespace switchyard::ledger
