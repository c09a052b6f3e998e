// Logins: the cookie that says who somebody is, signed so that any node with the same secret can read it.
#pragma once

#include "management/api.h"

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace switchyard::management
{

/// A login as its cookie tells it. Whether the account still exists, is enabled and has the same password is asked of
/// the database with each request (Access).
struct LoginSession
{
    std::string id; ///< random: one login in one browser
    int64_t userId = 0;
    int64_t startedAt = 0; ///< Unix seconds
    std::string passwordStamp;
};

/// The cookie `session` of admin-api.md 1.4, with HttpOnly, SameSite=Lax, and Secure when it goes over TLS. It holds no
/// secret: ids and a stamp of the password's hash, by which a new password ends every older login, on all nodes.
/// [any thread]
class LoginSessions
{
public:
    static constexpr int64_t kLifetimeSeconds = 30 * 24 * 3600;

    /// An empty secret, or the text `random_string` that stands in One API's example, means one made up here: every
    /// login then ends with this process. `nowSeconds`: Unix time.
    LoginSessions(std::string secret, std::function<int64_t()> nowSeconds);

    /// A new login.
    LoginSession begin(int64_t userId, std::string_view passwordHash) const;
    /// The login that a request's cookie tells; nothing when there is none or it is forged, expired or ended.
    std::optional<LoginSession> of(const Request& request) const;
    /// Its cookie is refused from now on, for as long as it would have lived. Known to this process only.
    void end(const LoginSession& session);

    /// Values of Set-Cookie.
    std::string cookieFor(const LoginSession& session, bool secure) const;
    static std::string emptyCookie(bool secure);

    /// Changes with the password; tells nothing about it.
    std::string stampOf(std::string_view passwordHash) const;

private:
    std::string signatureOf(std::string_view text) const;

    std::string secret_;
    std::function<int64_t()> nowSeconds_;
    mutable std::mutex mutex_;
    std::map<std::string, int64_t> ended_; ///< id, and when its cookie expires by itself
};

} // namespace switchyard::management
