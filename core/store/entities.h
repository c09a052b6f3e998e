// What the tables hold, as values: users, tokens, channels. Field meanings: database.md 4; NULL reads as 0, '' or
// false.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace switchyard::store
{

inline constexpr int kRoleCommon = 1;
inline constexpr int kRoleAdmin = 10;
inline constexpr int kRoleRoot = 100;

/// The database may hold any other number; it counts as not usable.
enum class UserStatus : int
{
    enabled = 1,
    disabled = 2,
    deleted = 3
};

enum class TokenStatus : int
{
    enabled = 1,
    disabled = 2,
    expired = 3,
    exhausted = 4
};

enum class ChannelStatus : int
{
    unknown = 0,
    enabled = 1,
    disabledByHand = 2,
    disabledAutomatically = 3
};

struct User
{
    int64_t id = 0;
    std::string name;
    int role = 0;
    UserStatus status = UserStatus::enabled;
    std::string group;
    int64_t quota = 0; ///< remaining points; may be negative. In a snapshot: as of its making, the ledger knows better
    int64_t usedQuota = 0;
};

/// A user's API key. Its text is not in here: the snapshot finds it by its hash.
struct ApiToken
{
    int64_t id = 0;
    int64_t userId = 0;
    std::string name;
    TokenStatus status = TokenStatus::enabled;
    int64_t expiresAt = -1; ///< Unix seconds; -1 never
    int64_t remainQuota = 0; ///< in a snapshot: as of its making
    int64_t usedQuota = 0;
    bool unlimited = false;
    std::vector<std::string> models; ///< sorted; empty: all
    std::string subnet;              ///< comma separated CIDRs; empty: any address
};

/// What the host itself does for a channel: JSON object in the column `channels.settings` (ours; One API has none).
struct ChannelSettings
{
    std::string proxy;        ///< `proxy`: URL of the proxy for this channel; empty: as the process is configured
    bool includeUsage = true; ///< `include_usage`: whether streams ask the upstream for a usage frame
    /// `limits`: `{"rpm": ..., "tpm": ..., "concurrent": ...}`; 0: none. Above one the channel is left out.
    int64_t requestsPerMinute = 0;
    int64_t tokensPerMinute = 0;
    int64_t concurrent = 0;
};

struct Channel
{
    int64_t id = 0;
    int type = 0;         ///< One API's number (database.md 6)
    std::string provider; ///< provider id of a plug-in; empty: the provider that serves `type`
    std::string name;
    ChannelStatus status = ChannelStatus::enabled;
    std::string baseUrl;             ///< empty: the provider's default
    std::string key;                 ///< upstream credential, opened; may have parts joined by '|'
    std::vector<std::string> models; ///< without duplicates, in the administrator's order
    std::vector<std::string> groups;
    int64_t priority = 0; ///< higher first
    uint32_t weight = 0;
    std::vector<std::pair<std::string, std::string>> modelMapping; ///< sorted by the first
    std::string systemPrompt;
    std::string config; ///< JSON object; what `other` says for an empty key is filled in (database.md 7)
    std::string other;
    ChannelSettings settings;
    /// Changes exactly when something changes that a plug-in's channel object is made of (provider, type, base URL,
    /// key, config): two snapshots with the same (id, revision) can share that object.
    uint64_t revision = 0;

    bool enabled() const noexcept { return status == ChannelStatus::enabled; }
    /// The upstream's name of `model`: one step, exact; `model` itself when it is not mapped.
    std::string_view mapped(std::string_view model) const noexcept;
};

} // namespace switchyard::store
