// Redemption codes: each adds its points to one account, once.
#pragma once

#include "store/db_session.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace switchyard::store
{

enum class RedemptionStatus : int
{
    unused = 1,
    disabled = 2,
    used = 3
};

/// A row of `redemptions`.
struct Redemption
{
    int64_t id = 0;      ///< given by the database
    int64_t userId = 0;  ///< the administrator who made it
    std::string key;     ///< 32 hexadecimal digits
    RedemptionStatus status = RedemptionStatus::unused;
    std::string name;
    int64_t quota = 0;
    int64_t createdAt = 0;  ///< Unix seconds
    int64_t redeemedAt = 0; ///< 0: not yet
};

/// Works inside the transaction of its session.
class RedemptionRepository
{
public:
    explicit RedemptionRepository(DbSession& session) : session_(session) {}

    /// Newest first.
    std::vector<Redemption> list(int64_t offset, int64_t limit);
    /// Id equal, or name beginning with the keyword; newest first.
    std::vector<Redemption> search(std::string_view keyword);
    std::optional<Redemption> find(int64_t id);
    std::optional<Redemption> findByKey(std::string_view key);
    /// The new id. Throws when the key is in use (isUniqueViolation).
    int64_t insert(const Redemption& redemption);
    /// False when there is no such row, as in the next two.
    bool update(int64_t id, std::string_view name, int64_t quota);
    bool setStatus(int64_t id, RedemptionStatus status);
    bool remove(int64_t id);
    /// Uses an unused code up. False when it is not unused (any more): of two at once one wins.
    bool use(int64_t id, int64_t redeemedAt);

private:
    DbSession& session_;
};

} // namespace switchyard::store
