// What accounts have consumed, added up from the log.
#pragma once

#include "store/db_session.h"

#include <cstdint>
#include <string>
#include <vector>

namespace switchyard::store
{

/// One model's use on one day (UTC).
struct DayUsage
{
    int64_t day = 0; ///< its first second, Unix time
    std::string model;
    int64_t requests = 0;
    int64_t quota = 0;
    int64_t promptTokens = 0;
    int64_t completionTokens = 0;
};

/// Works inside the transaction of its session.
class UsageRepository
{
public:
    explicit UsageRepository(DbSession& session) : session_(session) {}

    /// A user's consumption (log type 2) since `from`, Unix seconds; by day, then model.
    std::vector<DayUsage> perDay(int64_t userId, int64_t from);

private:
    DbSession& session_;
};

} // namespace switchyard::store
