// An upper bound that a request has reserved on its user and, if it is limited, its token (ledger.md 2).
#pragma once

#include "ledger/holds/account.h"
#include "ledger/price/charge.h"

#include <cstdint>
#include <utility>

namespace switchyard::ledger
{

/// What became of a charge.
struct Settled
{
    int64_t quota = 0;  ///< taken
    int64_t unpaid = 0; ///< what neither hold nor balance reached
};

/// Move-only; an open one that is destroyed gives everything back. [one thread at a time]
class Hold
{
public:
    Hold() = default;
    Hold(Hold&& other) noexcept { *this = std::move(other); }
    Hold& operator=(Hold&& other) noexcept;
    ~Hold() { settle(0); }

    /// Takes `amount` on the token (may be null), then on the user, undone on the token when the user refuses. The result is
    /// closed when it did not fit. An amount of 0 always fits.
    static Hold take(AccountPtr user, AccountPtr token, int64_t amount) noexcept;
    /// What both have, at most `amount`, at least `least`; closed when that is not there.
    static Hold takeUpTo(AccountPtr user, AccountPtr token, int64_t least, int64_t amount) noexcept;

    bool open() const noexcept { return user_ != nullptr; }
    int64_t amount() const noexcept { return amount_; }
    /// Takes `more` on both, or on neither.
    bool extend(int64_t more) noexcept;
    /// Ends the hold: `charge` is kept, the rest goes back. A charge above the hold takes the rest from what is available as
    /// far as both reach. Once; a closed hold settles to nothing.
    Settled settle(int64_t charge) noexcept;

private:
    AccountPtr user_;
    AccountPtr token_;
    int64_t amount_ = 0;
};

} // namespace switchyard::ledger
