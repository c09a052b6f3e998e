// Log rows as people read them: pages, sums and searches that stay bounded while the table has millions.
#pragma once

#include "store/db_session.h"
#include "store/log_row.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace switchyard::store
{

/// All that are given must fit exactly; times are inclusive.
struct LogFilter
{
    int64_t type = 0; ///< 0: any
    std::optional<int64_t> userId;
    std::string userName;
    std::string tokenName;
    std::string modelName;
    std::string requestId;
    int64_t channelId = 0; ///< 0: any
    int64_t from = 0;      ///< Unix seconds; 0: open
    int64_t to = 0;
};

/// Works inside the transaction of its session; only reads. Deleting is LedgerRepository::removeLogs.
class LogRepository
{
public:
    explicit LogRepository(DbSession& session) : session_(session) {}

    /// Newest first.
    std::vector<LogRow> list(const LogFilter& filter, int64_t offset, int64_t limit);
    /// What the rows of consumption that fit have charged; `filter.type` does not matter.
    int64_t charged(const LogFilter& filter);
    /// Type equal, or content beginning with the keyword, among the newest kSearched rows: no index finds a content.
    std::vector<LogRow> search(std::string_view keyword, int64_t limit);
    /// Type equal, among the newest kSearched rows of this user.
    std::vector<LogRow> searchOf(int64_t userId, std::string_view keyword, int64_t limit);
    /// All rows of a request (a retry writes one, a refund another), by id.
    std::vector<LogRow> ofRequest(std::string_view requestId);
    /// A moment before which at most about `rows` rows lie, and at least one; nothing when none is older than `before`.
    /// Many rows are deleted by it in many short transactions.
    std::optional<int64_t> portionBefore(int64_t before, int64_t rows);

    static constexpr int64_t kSearched = 100'000;

private:
    std::vector<LogRow> read(const std::vector<Poco::Int64>& ids);

    DbSession& session_;
};

} // namespace switchyard::store
