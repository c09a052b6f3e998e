// Who may ask how often: the option RateLimits, and the limits of a channel's settings.
#pragma once

#include "base/result.h"

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace switchyard::accounts
{

enum class LimitScope : uint8_t
{
    token,
    user,
    group, ///< all users of a group together
    model, ///< all requests for a model together
    channel
};
inline constexpr size_t kLimitScopes = 5;
/// `token` ...: its name in RateLimits.
std::string_view nameOf(LimitScope scope) noexcept;

/// 0: no limit.
struct Limit
{
    int64_t requests = 0;   ///< in a minute
    int64_t tokens = 0;     ///< in a minute, prompt and completion
    int64_t concurrent = 0; ///< requests at the same time

    bool any() const noexcept { return requests > 0 || tokens > 0 || concurrent > 0; }
};

/// Immutable; any thread. In JSON, by scope and name:
///
///     {"user":  {"*": {"rpm": 60, "tpm": 100000, "concurrent": 8}, "@vip": {"rpm": 600}, "17": {"rpm": 6}},
///      "token": {"*": {"concurrent": 4}},
///      "group": {"default": {"rpm": 3000}},
///      "model": {"o3": {"tpm": 2000000}},
///      "channel": {"4": {"concurrent": 20}}}
///
/// Users, tokens and channels are named by their id. `*` is for each that is not named; `@vip` for each user (and each token
/// of a user) of the group vip. A channel's own settings (`"limits": {"rpm": ...}`) win over RateLimits.
class LimitRules
{
public:
    /// '' has no limits. The error says which entry is wrong; an administrator's option is refused then.
    static Result<LimitRules, std::string> read(std::string_view json);
    /// `{"rpm": ..., "tpm": ..., "concurrent": ...}`
    static Result<Limit, std::string> readLimit(std::string_view json);

    /// That of `name`; of `@group` where a group is given; of `*`; else none.
    Limit of(LimitScope scope, std::string_view name, std::string_view group = {}) const;
    bool empty(LimitScope scope) const noexcept { return scopes_[static_cast<size_t>(scope)].empty(); }

private:
    std::array<std::map<std::string, Limit, std::less<>>, kLimitScopes> scopes_;
};

} // namespace switchyard::accounts
