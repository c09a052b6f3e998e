#include "management/logs.h"

#include "management/json_text.h"
#include "store/database.h"
#include "store/ledger_repository.h"
#include "store/log_repository.h"

namespace switchyard::management
{

namespace
{

using store::DbSession;
using store::LogFilter;
using store::LogRepository;
using store::LogRow;

constexpr int64_t kMostFound = 100;
constexpr int64_t kRowsPerTransaction = 20'000; // the ledger's writer waits no longer than for these
constexpr Text kNoTime{"The parameter `target_timestamp` is missing: rows older than that moment are deleted.",
                       "缺少参数 `target_timestamp`：将删除早于该时间的日志。"};

enum class Viewer
{
    administrator,
    owner ///< sees no ids of rows and nothing of the machinery behind a charge
};

std::string rowJson(const LogRow& row, Viewer viewer)
{
    JsonObject json;
    json.add("id", viewer == Viewer::owner ? int64_t{0} : row.id)
        .add("user_id", row.userId)
        .add("created_at", row.createdAt)
        .add("type", static_cast<int>(row.type))
        .add("content", row.content)
        .add("username", row.userName)
        .add("token_name", row.tokenName)
        .add("model_name", row.modelName)
        .add("quota", row.quota)
        .add("prompt_tokens", row.promptTokens)
        .add("completion_tokens", row.completionTokens)
        .add("channel", row.channelId)
        .add("request_id", row.requestId)
        .add("elapsed_time", row.elapsedMs)
        .add("is_stream", row.stream)
        .add("system_prompt_reset", row.systemPromptReset)
        .add("branch", row.branch)
        .add("usage_source", row.usageSource)
        .add("cached_tokens", row.cachedTokens)
        .add("reasoning_tokens", row.reasoningTokens)
        .add("token_id", row.tokenId)
        .add("token_quota", row.tokenQuota)
        .add("unpaid", row.unpaid)
        .add("finish", row.finish);
    if (viewer == Viewer::administrator)
        json.add("held", row.held)
            .add("node", row.node)
            .add("journal_seq", row.journalSeq)
            .add("upstream_id", row.upstreamId)
            .add("detail", row.detail);
    return json.text();
}

std::string listJson(const std::vector<LogRow>& rows, Viewer viewer)
{
    JsonArray list;
    for (const LogRow& row : rows)
        list.addRaw(rowJson(row, viewer));
    return list.text();
}

LogFilter filterIn(const Call& call, Viewer viewer)
{
    const Query& query = call.query();
    LogFilter filter;
    filter.type = query.number("type");
    filter.tokenName = query.text("token_name");
    filter.modelName = query.text("model_name");
    filter.requestId = query.text("request_id");
    filter.channelId = query.number("channel");
    filter.from = query.number("start_timestamp");
    filter.to = query.number("end_timestamp");
    // By id: a name may have been changed since, or have belonged to somebody else.
    if (viewer == Viewer::owner)
        filter.userId = call.caller().id;
    else
        filter.userName = query.text("username");
    return filter;
}

template <Viewer viewer>
Response list(const Context& context, const Call& call)
{
    const Page page = call.page();
    const LogFilter filter = filterIn(call, viewer);
    const auto rows = context.database.read([&](DbSession& session)
                                            { return LogRepository(session).list(filter, page.offset, page.limit); });
    return succeeded(listJson(rows, viewer));
}

template <Viewer viewer>
Response stat(const Context& context, const Call& call)
{
    const LogFilter filter = filterIn(call, viewer);
    const int64_t quota =
        context.database.read([&](DbSession& session) { return LogRepository(session).charged(filter); });
    return succeeded(JsonObject().add("quota", quota).text());
}

template <Viewer viewer>
Response search(const Context& context, const Call& call)
{
    const std::string keyword = call.query().text("keyword");
    const auto rows = context.database.read(
        [&](DbSession& session)
        {
            LogRepository logs(session);
            return viewer == Viewer::owner ? logs.searchOf(call.caller().id, keyword, kMostFound)
                                           : logs.search(keyword, kMostFound);
        });
    return succeeded(listJson(rows, viewer));
}

// In short transactions: a million rows in one would keep the ledger's writer waiting for as long as they take.
Response remove(const Context& context, const Call& call)
{
    const int64_t before = call.query().number("target_timestamp");
    if (before <= 0) throw Refusal(kNoTime);
    size_t removed = 0;
    for (;;)
    {
        const auto upTo = context.database.read(
            [&](DbSession& session) { return LogRepository(session).portionBefore(before, kRowsPerTransaction); });
        if (!upTo) break;
        removed += context.database.write(
            [&](DbSession& session)
            { return store::LedgerRepository(session).removeLogs(*upTo, call.caller().name, context.nowMs()); });
    }
    return succeeded(std::to_string(removed));
}

} // namespace

void addLogRoutes(Router& router, const Context& context)
{
    const auto add = [&](const char* method, const char* path, Protection protection,
                         Response (*handler)(const Context&, const Call&))
    { router.add(method, path, protection, [&context, handler](const Call& call) { return handler(context, call); }); };
    add("GET", "/api/log/", Protection::admin, list<Viewer::administrator>);
    add("GET", "/api/log/stat", Protection::admin, stat<Viewer::administrator>);
    add("GET", "/api/log/search", Protection::admin, search<Viewer::administrator>);
    add("DELETE", "/api/log/", Protection::admin, remove);
    add("GET", "/api/log/self", Protection::user, list<Viewer::owner>);
    add("GET", "/api/log/self/stat", Protection::user, stat<Viewer::owner>);
    add("GET", "/api/log/self/search", Protection::user, search<Viewer::owner>);
}

} // namespace switchyard::management
