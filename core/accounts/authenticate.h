// Who is calling, and may they: the checks of relay.md 3 over an immutable snapshot. No database, no lock, no
// exception.
#pragma once

#include "accounts/ip_address.h"
#include "accounts/language.h"
#include "base/error.h"
#include "base/result.h"
#include "store/snapshot.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace switchyard::accounts
{

/// What an Authorization header says. Views into the header.
struct PresentedKey
{
    std::string_view key;                    ///< without Bearer, sk- and channel
    std::optional<std::string_view> channel; ///< what follows the first '-'; may be empty or no number
};

/// `Bearer sk-KEY-CHANNEL`: Bearer (exact case, one blank), sk- and -CHANNEL may each be missing; what follows a second
/// '-' is ignored.
PresentedKey parseAuthorization(std::string_view authorization) noexcept;

/// An authenticated request's owner. Holds the snapshot that its pointers point into.
struct Caller
{
    store::SnapshotPtr snapshot;
    const store::ApiToken* token = nullptr; ///< never null
    const store::User* user = nullptr;      ///< never null
    std::optional<std::string> channel;     ///< the channel id asked for, as it was written
    IpAddress address;
    Language language = Language::english;
};

/// Where a limited token's remaining points are asked for.
enum class QuotaFrom
{
    snapshot,
    ledger ///< not here: checkTokenQuota, with what the ledger knows
};

/// Checks 1 to 10, in that order. A null snapshot (nothing read from the database yet) is 503, never 401.
/// `now`: Unix seconds. The message carries no request id; whoever renders the error appends it.
Result<Caller, ApiError> authenticate(store::SnapshotPtr snapshot, std::string_view authorization,
                                      const IpAddress& address, int64_t now, Language language,
                                      QuotaFrom quota = QuotaFrom::snapshot);

/// The token's quota by the ledger: what is available and what running requests hold. 401 token_exhausted at zero or below.
Result<Done, ApiError> checkTokenQuota(const Caller& caller, int64_t remaining);

/// Checks 12 and 13, once the body has told the model ('' for none): the token's model list, then the right to choose a
/// channel.
Result<Done, ApiError> checkAccess(const Caller& caller, std::string_view model);

/// 403 insufficient_user_quota when the account is at zero or below. Asked by the routes that cost something.
Result<Done, ApiError> checkBalance(const Caller& caller);

/// The names that GET /v1/models lists: the token's own list if it has one, else those of the user's group. Sorted,
/// each once. Views into the caller's snapshot.
std::vector<std::string_view> visibleModels(const Caller& caller);

} // namespace switchyard::accounts
