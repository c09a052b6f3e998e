#include "store/redemption_repository.h"

#include "base/text.h"
#include "store/like.h"

namespace switchyard::store
{

namespace
{

using Poco::Int64;
using Fields = Poco::Tuple<Int64, Int64, std::string, Int64, std::string, Int64, Int64, Int64>;

const std::string kSelect = "SELECT [id], [user_id], [key], [status], [name], [quota], [created_time], "
                                "[redeemed_time] FROM [redemptions]";

std::vector<Redemption> rowsOf(const std::vector<Fields>& found)
{
    std::vector<Redemption> rows;
    for (const Fields& fields : found)
        rows.push_back({fields.get<0>(), fields.get<1>(), std::string(trim(fields.get<2>())),
                        static_cast<RedemptionStatus>(fields.get<3>()), fields.get<4>(), fields.get<5>(),
                        fields.get<6>(), fields.get<7>()});
    return rows;
}

std::optional<Redemption> firstOf(const std::vector<Redemption>& rows)
{
    if (rows.empty()) return std::nullopt;
    return rows.front();
}

} // namespace

std::vector<Redemption> RedemptionRepository::list(int64_t offset, int64_t limit)
{
    return rowsOf(
        session_.query<Fields>(kSelect + " ORDER BY [id] DESC LIMIT ? OFFSET ?", limit, offset));
}

std::vector<Redemption> RedemptionRepository::search(std::string_view keyword)
{
    return rowsOf(session_.query<Fields>(kSelect +
                                             " WHERE [id] = ? OR [name] LIKE ? ESCAPE '!' ORDER BY [id] DESC",
                                         parseInt(keyword).value_or(0), likePrefix(keyword)));
}

std::optional<Redemption> RedemptionRepository::find(int64_t id)
{
    return firstOf(rowsOf(session_.query<Fields>(kSelect + " WHERE [id] = ?", id)));
}

std::optional<Redemption> RedemptionRepository::findByKey(std::string_view key)
{
    auto found = firstOf(rowsOf(session_.query<Fields>(kSelect + " WHERE [key] = ?", key)));
    if (found && found->key != key) return std::nullopt; // MySQL compares in any case
    return found;
}

int64_t RedemptionRepository::insert(const Redemption& redemption)
{
    session_.execute("INSERT INTO [redemptions] ([user_id], [key], [status], [name], [quota], [created_time], "
                     "[redeemed_time]) VALUES (?, ?, ?, ?, ?, ?, ?)",
                     redemption.userId, redemption.key, static_cast<int>(redemption.status), redemption.name,
                     redemption.quota, redemption.createdAt, redemption.redeemedAt);
    return session_.lastId();
}

bool RedemptionRepository::update(int64_t id, std::string_view name, int64_t quota)
{
    return session_.execute("UPDATE [redemptions] SET [name] = ?, [quota] = ? WHERE [id] = ?", name, quota, id) > 0;
}

bool RedemptionRepository::setStatus(int64_t id, RedemptionStatus status)
{
    return session_.execute("UPDATE [redemptions] SET [status] = ? WHERE [id] = ?", static_cast<int>(status), id) > 0;
}

bool RedemptionRepository::remove(int64_t id)
{
    return session_.execute("DELETE FROM [redemptions] WHERE [id] = ?", id) > 0;
}

bool RedemptionRepository::use(int64_t id, int64_t redeemedAt)
{
    return session_.execute("UPDATE [redemptions] SET [status] = ?, [redeemed_time] = ? WHERE [id] = ? AND [status] = ?",
                            static_cast<int>(RedemptionStatus::used), redeemedAt, id,
                            static_cast<int>(RedemptionStatus::unused)) == 1;
}

} // namespace switchyard::store
