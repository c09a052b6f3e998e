#include "store/log_repository.h"

#include "base/text.h"
#include "store/like.h"

#include <algorithm>

namespace switchyard::store
{

namespace
{

using Poco::Int64;
using Head = Poco::Tuple<Int64, Int64, Int64, Int64, std::string, std::string, std::string, std::string, Int64, Int64,
                         Int64, Int64, std::string, Int64, Int64, Int64>;
using Tail = Poco::Tuple<std::string, std::string, Int64, Int64, Int64, Int64, Int64, Int64, std::string, Int64,
                         std::string, std::string, std::string>;

constexpr auto kConsumed = static_cast<int64_t>(LogType::consumed);

std::string selectHead(Backend backend)
{
    return "SELECT [id], [user_id], [created_at], [type], " + longTextSql(backend, "content") +
           ", [username], [token_name], [model_name], [quota], [prompt_tokens], [completion_tokens], [channel_id], "
           "[request_id], [elapsed_time], " +
           booleanSql(backend, "is_stream") + ", " + booleanSql(backend, "system_prompt_reset") +
           " FROM [logs] WHERE [id] = ?";
}

constexpr std::string_view kSelectTail =
    "SELECT [branch], [usage_source], [unpaid], [held], [cached_tokens], [reasoning_tokens], [token_id], [token_quota], "
    "[node], [journal_seq], [upstream_id], [finish], [detail] FROM [logs] WHERE [id] = ?";

LogRow rowOf(const Head& head, const Tail& tail)
{
    LogRow row;
    row.id = head.get<0>();
    row.userId = head.get<1>();
    row.createdAt = head.get<2>();
    row.type = static_cast<LogType>(head.get<3>());
    row.content = head.get<4>();
    row.userName = head.get<5>();
    row.tokenName = head.get<6>();
    row.modelName = head.get<7>();
    row.quota = head.get<8>();
    row.promptTokens = head.get<9>();
    row.completionTokens = head.get<10>();
    row.channelId = head.get<11>();
    row.requestId = head.get<12>();
    row.elapsedMs = head.get<13>();
    row.stream = head.get<14>() != 0;
    row.systemPromptReset = head.get<15>() != 0;
    row.branch = tail.get<0>();
    row.usageSource = tail.get<1>();
    row.unpaid = tail.get<2>();
    row.held = tail.get<3>();
    row.cachedTokens = tail.get<4>();
    row.reasoningTokens = tail.get<5>();
    row.tokenId = tail.get<6>();
    row.tokenQuota = tail.get<7>();
    row.node = tail.get<8>();
    row.journalSeq = tail.get<9>();
    row.upstreamId = tail.get<10>();
    row.finish = tail.get<11>();
    row.detail = tail.get<12>();
    return row;
}

/// For a page the rows come by id from the newest, so that ten are found soon: a plus keeps a column's index out of the
/// plan, which would sort all rows of a span of time first. A sum, on the other hand, has to see them all.
enum class Use
{
    page,
    sum
};

/// The WHERE of a filter. It has always the same parameters, those of ask(): what is not filtered is compared with
/// itself, so that the plan sees only the columns that matter.
std::string conditionOf(const LogFilter& filter, int64_t type, Use use)
{
    const std::string time = use == Use::page ? "+[created_at]" : "[created_at]";
    const auto number = [](bool wanted, const std::string& test) { return wanted ? test : "? = 0"; };
    const auto text = [](const std::string& wanted, const char* test) { return wanted.empty() ? "? = ''" : test; };
    return std::string(" WHERE ") + number(filter.userId.has_value(), "[user_id] = ?") + " AND " +
           text(filter.requestId, "[request_id] = ?") + " AND " + text(filter.tokenName, "[token_name] = ?") + " AND " +
           text(filter.modelName, "[model_name] = ?") + " AND " + text(filter.userName, "[username] = ?") + " AND " +
           number(filter.channelId != 0, "[channel_id] = ?") + " AND " + number(type != 0, "[type] = ?") + " AND " +
           number(filter.from != 0, time + " >= ?") + " AND " + number(filter.to != 0, time + " <= ?");
}

template <class... More>
std::vector<Int64> ask(DbSession& session, const std::string& sql, const LogFilter& filter, int64_t type, const More&... more)
{
    return session.query<Int64>(sql, filter.userId.value_or(0), filter.requestId, filter.tokenName, filter.modelName,
                                filter.userName, filter.channelId, type, filter.from, filter.to, more...);
}

} // namespace

std::vector<LogRow> LogRepository::read(const std::vector<Int64>& ids)
{
    const std::string head = selectHead(session_.backend());
    std::vector<LogRow> rows;
    for (const Int64 id : ids)
    {
        const auto heads = session_.query<Head>(head, id);
        const auto tails = session_.query<Tail>(kSelectTail, id);
        if (!heads.empty() && !tails.empty()) rows.push_back(rowOf(heads.front(), tails.front()));
    }
    return rows;
}

std::vector<LogRow> LogRepository::list(const LogFilter& filter, int64_t offset, int64_t limit)
{
    return read(ask(session_,
                    "SELECT [id] FROM [logs]" + conditionOf(filter, filter.type, Use::page) +
                        " ORDER BY [id] DESC LIMIT ? OFFSET ?",
                    filter, filter.type, limit, offset));
}

int64_t LogRepository::charged(const LogFilter& filter)
{
    const auto sums = ask(session_,
                          "SELECT " + sumSql(session_.backend(), "[quota]") + " FROM [logs]" +
                              conditionOf(filter, kConsumed, Use::sum),
                          filter, kConsumed);
    return sums.empty() ? 0 : sums.front();
}

std::vector<LogRow> LogRepository::search(std::string_view keyword, int64_t limit)
{
    return read(session_.query<Int64>(
        "SELECT [id] FROM (SELECT [id], [type], [content] FROM [logs] ORDER BY [id] DESC LIMIT ?) AS [newest] "
        "WHERE [type] = ? OR [content] LIKE ? ESCAPE '!' ORDER BY [id] DESC LIMIT ?",
        kSearched, parseInt(keyword).value_or(-1), likePrefix(keyword), limit));
}

std::vector<LogRow> LogRepository::searchOf(int64_t userId, std::string_view keyword, int64_t limit)
{
    return read(session_.query<Int64>(
        "SELECT [id] FROM (SELECT [id], [type] FROM [logs] WHERE [user_id] = ? ORDER BY [id] DESC LIMIT ?) AS [newest] "
        "WHERE [type] = ? ORDER BY [id] DESC LIMIT ?",
        userId, kSearched, parseInt(keyword).value_or(-1), limit));
}

std::vector<LogRow> LogRepository::ofRequest(std::string_view requestId)
{
    return read(session_.query<Int64>("SELECT [id] FROM [logs] WHERE [request_id] = ? ORDER BY [id]", requestId));
}

std::optional<int64_t> LogRepository::portionBefore(int64_t before, int64_t rows)
{
    const auto first = session_.query<Int64>(
        "SELECT [created_at] FROM [logs] WHERE [created_at] < ? ORDER BY [created_at] LIMIT 1", before);
    if (first.empty()) return std::nullopt;
    const auto last = session_.query<Int64>(
        "SELECT [created_at] FROM [logs] WHERE [created_at] < ? ORDER BY [created_at] LIMIT 1 OFFSET ?", before, rows);
    if (last.empty()) return before;
    return std::max<int64_t>(last.front(), first.front() + 1); // a single second may hold more
}

} // namespace switchyard::store
