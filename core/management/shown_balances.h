// What each login was last shown of each balance: a form that comes back is an edit of that, not a value (ledger.md 8).
#pragma once

#include "management/balances.h"
#include "store/ledger_repository.h"

#include <cstdint>
#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

namespace switchyard::management
{

/// Bounded: the logins that were idle longest, and of a login all it saw when that grows too much, are forgotten;
/// their forms then set absolute values, as scripts do. [any thread]
class ShownBalances
{
public:
    /// A login was shown that an account has `balance`. Does nothing for an empty `loginSession` (an access token).
    void show(const std::string& loginSession, store::AccountKind kind, int64_t accountId, int64_t balance);

    /// A login has saved a form that said `typed`, and may save the same form again. After show().
    void saved(const std::string& loginSession, store::AccountKind kind, int64_t accountId, int64_t typed);

    /// What a form that says `wanted` means: nothing (it says what was shown, or is saved again), a delta to what was shown, or an
    /// absolute value where nothing was shown.
    std::optional<Edit> meaningOf(const std::string& loginSession, store::AccountKind kind, int64_t accountId,
                                  int64_t wanted) const;

    void forget(const std::string& loginSession);

private:
    static constexpr size_t kMostLogins = 4096;
    static constexpr size_t kMostPerLogin = 4096;

    using Account = std::pair<store::AccountKind, int64_t>;
    struct Seen
    {
        int64_t shown = 0;
        std::optional<int64_t> typed;
    };
    struct Login
    {
        std::map<Account, Seen> balances;
        std::list<std::string>::iterator age;
    };

    mutable std::mutex mutex_;
    std::unordered_map<std::string, Login> logins_;
    std::list<std::string> byAge_; ///< the one that was shown something last is first
};

} // namespace switchyard::management
