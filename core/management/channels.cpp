#include "management/channels.h"

#include "base/text.h"
#include "management/channel_balance.h"
#include "management/channel_form.h"
#include "management/channel_tests.h"
#include "management/json_text.h"
#include "store/channel_records.h"
#include "store/database.h"
#include "store/snapshot_keeper.h"

namespace switchyard::management
{

namespace
{

using store::ChannelRecord;
using store::ChannelRecords;
using store::ChannelRepository;
using store::DbSession;

constexpr int64_t kMostFound = 1000;
constexpr Text kUnknown{"There is no channel {}.", "渠道 {} 不存在。"};

std::string listJson(const std::vector<ChannelRecord>& records)
{
    JsonArray list;
    for (const ChannelRecord& record : records)
        list.addRaw(channelJson(record));
    return list.text();
}

Refusal unknown(int64_t id) { return Refusal(kUnknown, {std::to_string(id)}); }

Response list(const Context& context, const Call& call)
{
    const Page page = call.page();
    return succeeded(listJson(context.database.read([&](DbSession& session)
                                                    { return ChannelRecords(session).list(page.offset, page.limit); })));
}

Response search(const Context& context, const Call& call)
{
    const std::string keyword = call.query().text("keyword");
    return succeeded(listJson(context.database.read([&](DbSession& session)
                                                    { return ChannelRecords(session).search(keyword, kMostFound); })));
}

Response show(const Context& context, const Call& call)
{
    const int64_t id = call.id();
    const auto record = context.database.read([&](DbSession& session) { return ChannelRecords(session).find(id); });
    if (!record) throw unknown(id);
    return succeeded(channelJson(*record));
}

Response create(const Context& context, const Call& call)
{
    const auto rows = newChannelsIn(call.body());
    context.database.write(
        [&](DbSession& session)
        {
            ChannelRepository channels(session, context.keys);
            for (const store::ChannelRow& row : rows)
                channels.insert(row);
        });
    context.keeper.changed();
    return succeeded();
}

Response update(const Context& context, const Call& call)
{
    const JsonBody body = call.body();
    const int64_t id = body.requiredId();
    const store::ChannelChanges changes = channelChangesIn(body);
    const auto record = context.database.write(
        [&](DbSession& session)
        {
            if (!ChannelRepository(session, context.keys).update(id, changes)) throw unknown(id);
            return ChannelRecords(session).find(id);
        });
    context.keeper.changed();
    return succeeded(channelJson(record.value()));
}

Response remove(const Context& context, const Call& call)
{
    const int64_t id = call.id();
    context.database.write([&](DbSession& session) { ChannelRepository(session, context.keys).remove(id); });
    context.keeper.changed();
    return succeeded();
}

Response removeDisabled(const Context& context, const Call&)
{
    const size_t removed = context.database.write([&](DbSession& session)
                                                  { return ChannelRepository(session, context.keys).removeDisabled(); });
    context.keeper.changed();
    return succeeded(std::to_string(removed));
}

// Not the envelope with `data`: the pages read these members beside `success` (admin-api.md 5.5).
Response test(ChannelTests& tests, const Call& call)
{
    const int64_t id = call.id();
    const std::string model = call.query().text("model");
    const auto trial = tests.testOne(id, model, call.request().requestId);
    if (!trial) throw unknown(id);
    constexpr double kMillisPerSecond = 1000;
    Response response;
    response.body = JsonObject()
                        .add("success", trial->answered)
                        .add("message", trial->answered ? trial->text : trial->error)
                        .add("time", trial->answered ? static_cast<double>(trial->elapsedMs) / kMillisPerSecond : 0.0)
                        .add("modelName", model)
                        .text();
    return response;
}

Response testAll(ChannelTests& tests, const Call& call)
{
    constexpr Text kRunning{"A test of all channels is running already.", "全部渠道的测试已在运行中。"};
    if (!tests.startAll(call.query().text("scope") == "disabled")) throw Refusal(kRunning);
    return succeeded();
}

Response updateBalance(const Context& context, Upstreams& upstreams, const Call& call)
{
    constexpr int64_t kMillisPerSecond = 1000;
    const int64_t id = call.id();
    const auto row = context.database.read([&](DbSession& session)
                                           { return ChannelRepository(session, context.keys).find(id); });
    if (!row) throw unknown(id);
    const double balance = askBalance(upstreams, store::channelOf(*row, [](int64_t, std::string_view) {}),
                                      context.nowMs() / kMillisPerSecond);
    context.database.write([&](DbSession& session)
                           { ChannelRecords(session).noteBalance(id, balance, context.nowMs() / kMillisPerSecond); });
    Response response;
    response.body = JsonObject().add("success", true).add("message", "").add("balance", balance).text();
    return response;
}

} // namespace

void addChannelRoutes(Router& router, const Context& context, Upstreams& upstreams, ChannelTests& tests)
{
    const auto add = [&](const char* method, const char* path, Response (*handler)(const Context&, const Call&))
    { router.add(method, path, Protection::admin, [&context, handler](const Call& call) { return handler(context, call); }); };
    add("GET", "/api/channel/", list);
    add("POST", "/api/channel/", create);
    add("PUT", "/api/channel/", update);
    add("GET", "/api/channel/search", search);
    add("GET", "/api/channel/{id}", show);
    add("DELETE", "/api/channel/{id}", remove);
    add("DELETE", "/api/channel/disabled", removeDisabled);
    // One API answers at once and does nothing; a page that asks for it must not fail (admin-api.md 5.1).
    add("GET", "/api/channel/update_balance", [](const Context&, const Call&) { return succeeded(); });
    router.add("GET", "/api/channel/update_balance/{id}", Protection::admin,
               [&](const Call& call) { return updateBalance(context, upstreams, call); });
    router.add("GET", "/api/channel/test/{id}", Protection::admin,
               [&](const Call& call) { return test(tests, call); });
    router.add("GET", "/api/channel/test", Protection::admin, [&](const Call& call) { return testAll(tests, call); });
}

} // namespace switchyard::management
