#include "store/usage_repository.h"

#include "store/log_row.h"

namespace switchyard::store
{

std::vector<DayUsage> UsageRepository::perDay(int64_t userId, int64_t from)
{
    using Poco::Int64;
    using Fields = Poco::Tuple<Int64, std::string, Int64, Int64, Int64, Int64>;
    const Backend backend = session_.backend();
    // The remainder, not a division: MySQL divides integers into fractions.
    std::string sql = "SELECT [created_at] - [created_at] % 86400, [model_name], COUNT(*)";
    for (const char* column : {"[quota]", "[prompt_tokens]", "[completion_tokens]"})
        sql += ", " + sumSql(backend, column);
    sql += " FROM [logs] WHERE [user_id] = ? AND [type] = ? AND [created_at] >= ? "
           "GROUP BY [created_at] - [created_at] % 86400, [model_name] "
           "ORDER BY [created_at] - [created_at] % 86400, [model_name]";
    std::vector<DayUsage> days;
    for (const Fields& row : session_.query<Fields>(sql, userId, static_cast<int>(LogType::consumed), from))
        days.push_back({row.get<0>(), row.get<1>(), row.get<2>(), row.get<3>(), row.get<4>(), row.get<5>()});
    return days;
}

} // namespace switchyard::store
