// Changes of a balance by people: top-ups, redemptions, edits. They run on the writer (ledger.md 1 and 8).
#pragma once

#include "ledger/holds/account.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace switchyard::ledger
{

/// A row of `logs` that tells people of the change, written with it or not at all. It is no charge.
struct JobNote
{
    int64_t userId = 0; ///< 0: the account itself, a user
    int type = 0; ///< One API's: 1 top-up, 3 managed, 4 system
    std::string userName;
    int64_t quota = 0; ///< as One API fills the column: the amount of a top-up by the API, else 0
    /// Called in the transaction, on the writer's thread: pure, quick, throws nothing.
    std::function<std::string(int64_t before, int64_t after)> content;
};

struct BalanceJob
{
    enum class Kind : uint8_t
    {
        add,   ///< `amount` is the difference; may be negative
        set,   ///< `amount` is what the balance shall be
        redeem ///< `code` says how much
    };
    Kind kind = Kind::add;
    AccountKind account = AccountKind::user;
    int64_t id = 0;
    int64_t amount = 0;
    std::string code;
    std::string cause;     ///< of the entry: `topup`, `redemption`, `edit`, `refund` ...
    std::string who;       ///< a user's name; empty: the gateway itself
    std::string reference; ///< a code's id, a request's id, whatever finds the reason again
    std::optional<JobNote> note;
};

struct JobAnswer
{
    enum class Outcome : uint8_t
    {
        done,
        noAccount,
        noCode,       ///< there is none such
        codeUsed,     ///< has been redeemed
        codeDisabled,
        outOfRange,   ///< the balance would not be a number that can be kept
        unavailable,  ///< the database is away or the time is up; nothing has happened
        unknown       ///< it went away at the very commit: the balance tells
    };
    Outcome outcome = Outcome::unavailable;
    int64_t before = 0;
    int64_t after = 0;
    int64_t delta() const noexcept { return after - before; }
};

} // namespace switchyard::ledger
