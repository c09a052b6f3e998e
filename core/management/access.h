// Who may come in: the login's cookie or the access token, the account as the database has it now, and how often.
#pragma once

#include "management/login_sessions.h"
#include "management/rate_limit.h"
#include "management/router.h"

#include <cstdint>

namespace switchyard::store
{
class Database;
}

namespace switchyard::management
{

struct AccessLimits
{
    size_t calls = 480;       ///< per address and 3 minutes, all routes together; 0: no limit
    size_t criticalCalls = 20; ///< per address and 20 minutes; 0: no limit
};

/// The order of admin-api.md 1.3, with what is mended: role, status and password are those of the database at this
/// moment, and only an enabled account passes.
class Access : public Doorkeeper
{
public:
    Access(store::Database& database, const LoginSessions& sessions, AccessLimits limits);

    std::optional<int64_t> tooMany(const Request& request, Allowance allowance) override;
    Admission admit(const Request& request, Protection protection) override;

private:
    store::Database& database_;
    const LoginSessions& sessions_;
    RateLimit all_;
    RateLimit critical_;
};

} // namespace switchyard::management
