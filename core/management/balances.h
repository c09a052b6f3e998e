// Changes of balances by people: edits, top-ups, redemption codes (ledger.md 8). The handlers ask through this interface;
// whoever keeps the balances answers.
#pragma once

#include "store/log_row.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace switchyard::management
{

/// What a balance becomes: a number, or more or less than it is at that moment.
struct Edit
{
    enum class Kind
    {
        absolute,
        delta
    };
    Kind kind = Kind::delta;
    int64_t value = 0;

    static Edit to(int64_t value) { return {Kind::absolute, value}; }
    static Edit by(int64_t value) { return {Kind::delta, value}; }
};

/// A balance at the moment of a change: true values, whatever a form had shown.
struct BalanceChange
{
    int64_t before = 0;
    int64_t after = 0;
};

/// Why a balance changes and what is written about it, in the same transaction.
struct Occasion
{
    std::string cause;     ///< of the ledger entry: `edit`, `topup`, `redemption`, `invitation`
    std::string actor;     ///< name of the user who did it
    std::string reference; ///< request id, or the id of a code
    store::LogType logType = store::LogType::managed;
    bool logsQuota = false; ///< whether the log row's column `quota` holds the change (POST /api/topup)
    /// The text of the log row of the account's user; none is written without it.
    std::function<std::string(const BalanceChange&)> logText;
};

enum class RedeemFailure
{
    unknownCode,
    usedOrDisabled,
    unknownUser
};

struct Redeemed
{
    std::optional<RedeemFailure> failure;
    int64_t quota = 0; ///< what the code was worth
    BalanceChange change;
};

/// Blocks until the change is in the database. Throws Poco::Exception when it cannot be made. [pool threads]
class Balances
{
public:
    virtual ~Balances() = default;

    /// Nothing when there is no such user. Reads and writes in one transaction; a sum beyond 64 bits throws.
    virtual std::optional<BalanceChange> editUser(int64_t userId, Edit edit, const Occasion& occasion) = 0;
    /// The same for a token's remaining points; `occasion.logText` goes to its owner's log.
    virtual std::optional<BalanceChange> editToken(int64_t tokenId, Edit edit, const Occasion& occasion) = 0;
    /// Uses up the code and credits the user, both or neither; of two calls at once one wins. The reference of the
    /// entry is the code's id, and `occasion.logText` is given the change.
    virtual Redeemed redeem(std::string_view code, int64_t userId, const Occasion& occasion) = 0;
};

} // namespace switchyard::management
