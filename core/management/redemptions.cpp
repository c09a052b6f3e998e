#include "management/redemptions.h"

#include "base/secret.h"
#include "management/json_text.h"
#include "store/database.h"
#include "store/redemption_repository.h"

namespace switchyard::management
{

namespace
{

using store::DbSession;
using store::Redemption;
using store::RedemptionRepository;
using store::RedemptionStatus;

constexpr int64_t kMillisPerSecond = 1000;
constexpr int64_t kMostAtOnce = 100;
constexpr size_t kLongestName = 20; // bytes
constexpr int64_t kUsualQuota = 100;

constexpr Text kUnknown{"There is no redemption code {}.", "兑换码 {} 不存在。"};
constexpr Text kBadName{"The field `name` must have 1 to 20 bytes.", "字段 `name` 的长度必须为 1 到 20 字节。"};
constexpr Text kBadCount{"The field `count` must be from 1 to 100.", "字段 `count` 必须在 1 到 100 之间。"};
constexpr Text kBadQuota{"The field `quota` must not be negative.", "字段 `quota` 不能为负数。"};
constexpr Text kBadStatus{"The field `status` must be 1 (unused) or 2 (disabled).",
                          "字段 `status` 必须是 1（未使用）或 2（禁用）。"};
constexpr Text kUsed{"The code {} has been redeemed; it cannot be enabled or disabled any more.",
                     "兑换码 {} 已被使用，不能再启用或禁用。"};

Refusal unknown(int64_t id) { return Refusal(kUnknown, {std::to_string(id)}); }

std::string json(const Redemption& code)
{
    return JsonObject()
        .add("id", code.id)
        .add("user_id", code.userId)
        .add("key", code.key)
        .add("status", static_cast<int>(code.status))
        .add("name", code.name)
        .add("quota", code.quota)
        .add("created_time", code.createdAt)
        .add("redeemed_time", code.redeemedAt)
        .add("count", 0)
        .text();
}

Response listOf(const std::vector<Redemption>& codes)
{
    JsonArray list;
    for (const Redemption& code : codes)
        list.addRaw(json(code));
    return succeeded(list.text());
}

Response list(const Context& context, const Call& call)
{
    const Page page = call.page();
    return listOf(context.database.read([&](DbSession& session)
                                        { return RedemptionRepository(session).list(page.offset, page.limit); }));
}

Response search(const Context& context, const Call& call)
{
    const std::string keyword = call.query().text("keyword");
    return listOf(
        context.database.read([&](DbSession& session) { return RedemptionRepository(session).search(keyword); }));
}

Response show(const Context& context, const Call& call)
{
    const int64_t id = call.id();
    const auto code = context.database.read([&](DbSession& session) { return RedemptionRepository(session).find(id); });
    if (!code) throw unknown(id);
    return succeeded(json(*code));
}

std::string nameIn(const JsonBody& body)
{
    std::string name = body.textOr("name");
    if (name.empty() || name.size() > kLongestName) throw Refusal(kBadName);
    return name;
}

int64_t quotaIn(const JsonBody& body)
{
    const int64_t quota = body.integerOr("quota");
    if (quota < 0) throw Refusal(kBadQuota);
    return quota;
}

// All or none: a list that stops in the middle helps nobody.
Response create(const Context& context, const Call& call)
{
    const JsonBody body = call.body();
    const int64_t count = body.integerOr("count");
    Redemption code;
    code.name = nameIn(body);
    if (count < 1 || count > kMostAtOnce) throw Refusal(kBadCount);
    code.quota = quotaIn(body);
    if (code.quota == 0) code.quota = kUsualQuota;
    code.userId = call.caller().id;
    code.createdAt = context.nowMs() / kMillisPerSecond;
    JsonArray keys;
    context.database.write(
        [&](DbSession& session)
        {
            for (int64_t i = 0; i < count; ++i)
            {
                code.key = newHexKey();
                RedemptionRepository(session).insert(code);
                keys.add(code.key);
            }
        });
    return succeeded(keys.text());
}

void setStatus(RedemptionRepository& codes, const Redemption& code, int64_t status)
{
    const auto wanted = static_cast<RedemptionStatus>(status);
    if (wanted != RedemptionStatus::unused && wanted != RedemptionStatus::disabled) throw Refusal(kBadStatus);
    if (code.status == RedemptionStatus::used) throw Refusal(kUsed, {code.name});
    codes.setStatus(code.id, wanted);
}

Response update(const Context& context, const Call& call)
{
    const JsonBody body = call.body();
    const int64_t id = body.requiredId();
    const bool statusOnly = !call.query().text("status_only").empty();
    return succeeded(json(context.database.write(
        [&](DbSession& session)
        {
            RedemptionRepository codes(session);
            const auto code = codes.find(id);
            if (!code) throw unknown(id);
            if (statusOnly)
                setStatus(codes, *code, body.integerOr("status"));
            else
                codes.update(id, nameIn(body), quotaIn(body));
            return codes.find(id).value();
        })));
}

Response remove(const Context& context, const Call& call)
{
    const int64_t id = call.id();
    if (!context.database.write([&](DbSession& session) { return RedemptionRepository(session).remove(id); }))
        throw unknown(id);
    return succeeded();
}

} // namespace

void addRedemptionRoutes(Router& router, const Context& context)
{
    const auto add = [&](const char* method, const char* path, Response (*handler)(const Context&, const Call&))
    { router.add(method, path, Protection::admin, [&context, handler](const Call& call) { return handler(context, call); }); };
    add("GET", "/api/redemption/", list);
    add("GET", "/api/redemption/search", search);
    add("GET", "/api/redemption/{id}", show);
    add("POST", "/api/redemption/", create);
    add("PUT", "/api/redemption/", update);
    add("DELETE", "/api/redemption/{id}", remove);
}

} // namespace switchyard::management
