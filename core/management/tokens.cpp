#include "management/tokens.h"

#include "accounts/ip_address.h"
#include "base/secret.h"
#include "base/text.h"
#include "management/json_text.h"
#include "management/objects.h"
#include "store/database.h"
#include "store/snapshot_keeper.h"
#include "telemetry/log.h"

namespace switchyard::management
{

namespace
{

using store::TokenStatus;

constexpr size_t kLongestName = 30; // bytes
constexpr int64_t kMillisPerSecond = 1000;

constexpr Text kNoSuchToken{"You have no such token.", "令牌不存在。"};
constexpr Text kNameLong{"The token's name is too long: at most 30 bytes.", "令牌名称过长：最多 30 个字节。"};
constexpr Text kBadSubnet{"`{}` is no network: give addresses such as 10.0.0.0/8, separated by commas.",
                          "`{}` 不是有效的网段，请使用逗号分隔的 CIDR，例如 10.0.0.0/8。"};
constexpr Text kBadStatus{"The field `status` must be 1 (enabled) or 2 (disabled).",
                          "字段 `status` 只能是 1（启用）或 2（停用）。"};
constexpr Text kExpired{"The token has expired: give it a later time first.", "令牌已过期，请先修改过期时间。"};
constexpr Text kExhausted{"The token's points are used up: raise them first, or make it unlimited.",
                          "令牌可用额度已用尽，请先提高额度，或设为无限额度。"};

std::string checkedName(const JsonBody& body)
{
    std::string name = body.textOr("name");
    if (name.size() > kLongestName) throw Refusal(kNameLong);
    return name;
}

std::string checkedSubnet(const JsonBody& body)
{
    const std::string subnet = body.textOr("subnet");
    if (trim(subnet).empty()) return {};
    for (std::string_view network : split(subnet, ','))
        if (!accounts::IpNetwork::parse(trim(network))) throw Refusal(kBadSubnet, {network});
    return subnet;
}

store::TokenRow ownToken(store::TokenRepository& tokens, const Call& call, int64_t id)
{
    auto row = tokens.find(call.caller().id, id);
    if (!row) throw Refusal(kNoSuchToken);
    return std::move(*row);
}

void remember(const Context& context, const Call& call, const store::TokenRow& row)
{
    context.shown.show(call.caller().loginSession, store::AccountKind::token, row.token.id, row.token.remainQuota);
}

Response shown(const Context& context, const Call& call, const std::vector<store::TokenRow>& rows)
{
    JsonArray tokens;
    for (const store::TokenRow& row : rows)
    {
        remember(context, call, row);
        tokens.addRaw(tokenJson(row));
    }
    return succeeded(tokens.text());
}

// As the database has it now.
Response shown(const Context& context, const Call& call, int64_t id)
{
    const store::TokenRow row = context.database.read(
        [&](store::DbSession& session)
        {
            store::TokenRepository tokens(session);
            return ownToken(tokens, call, id);
        });
    remember(context, call, row);
    return succeeded(tokenJson(row));
}

store::TokenOrder orderOf(const std::string& text)
{
    if (text == "remain_quota") return store::TokenOrder::remaining;
    if (text == "used_quota") return store::TokenOrder::usedQuota;
    return store::TokenOrder::newestFirst;
}

Response listTokens(const Context& context, const Call& call)
{
    const Page page = call.page();
    const store::TokenOrder order = orderOf(call.query().text("order"));
    return shown(context, call,
                 context.database.read(
                     [&](store::DbSession& session)
                     { return store::TokenRepository(session).list(call.caller().id, order, page.offset, page.limit); }));
}

Response searchTokens(const Context& context, const Call& call)
{
    const std::string keyword = call.query().text("keyword");
    return shown(context, call,
                 context.database.read([&](store::DbSession& session)
                                       { return store::TokenRepository(session).search(call.caller().id, keyword); }));
}

Response getToken(const Context& context, const Call& call) { return shown(context, call, call.id()); }

Response createToken(const Context& context, const Call& call)
{
    const JsonBody body = call.body();
    store::TokenRow row;
    row.key = newTokenKey();
    row.token.userId = call.caller().id;
    row.token.name = checkedName(body);
    row.token.subnet = checkedSubnet(body);
    row.token.remainQuota = body.integerOr("remain_quota");
    row.token.unlimited = body.flagOr("unlimited_quota");
    const int64_t expiresAt = body.integerOr("expired_time");
    row.token.expiresAt = expiresAt == 0 ? -1 : expiresAt;
    const std::string models = body.textOr("models");
    for (std::string_view model : split(models, ','))
        if (!trim(model).empty()) row.token.models.emplace_back(trim(model));
    const int64_t id = context.database.write([&](store::DbSession& session)
                                              { return store::TokenRepository(session).insert(row); });
    context.keeper.changed();
    return shown(context, call, id);
}

// A token that has expired or is used up would be refused as soon as it is used (admin-api.md 6).
void checkEnabling(const store::ApiToken& token, int64_t nowMs)
{
    if (token.status == TokenStatus::expired && token.expiresAt != -1 && token.expiresAt <= nowMs / kMillisPerSecond)
        throw Refusal(kExpired);
    if (token.status == TokenStatus::exhausted && token.remainQuota <= 0 && !token.unlimited) throw Refusal(kExhausted);
}

Response editStatus(const Context& context, const Call& call, int64_t id, int64_t status)
{
    const auto wanted = static_cast<TokenStatus>(status);
    if (wanted != TokenStatus::enabled && wanted != TokenStatus::disabled) throw Refusal(kBadStatus);
    context.database.write(
        [&](store::DbSession& session)
        {
            store::TokenRepository tokens(session);
            const store::TokenRow row = ownToken(tokens, call, id);
            if (wanted == TokenStatus::enabled) checkEnabling(row.token, context.nowMs());
            tokens.setStatus(id, wanted);
        });
    context.keeper.changed();
    return shown(context, call, id);
}

// Absent means keep: a balance that is not spoken of is not set to 0.
std::optional<Edit> balanceEditOf(const Context& context, const Call& call, const JsonBody& body, int64_t id)
{
    if (const auto delta = body.integer("remain_quota_delta"))
        return *delta == 0 ? std::nullopt : std::optional(Edit::by(*delta));
    const auto remain = body.integer("remain_quota");
    if (!remain) return std::nullopt;
    return context.shown.meaningOf(call.caller().loginSession, store::AccountKind::token, id, *remain);
}

void editBalance(const Context& context, const Call& call, int64_t id, Edit edit)
{
    Occasion occasion;
    occasion.cause = "edit";
    occasion.actor = call.caller().name;
    occasion.reference = call.request().requestId;
    const auto change = context.balances.editToken(id, edit, occasion);
    if (!change) throw Refusal(kNoSuchToken);
    context.log.info("a token's balance was edited", {{"token", id},
                                                      {"user", call.caller().name},
                                                      {"before", change->before},
                                                      {"after", change->after},
                                                      {"request_id", call.request().requestId}});
}

// Whether the form asks to enable what cannot be used; judged by what the token will be.
void checkForm(const JsonBody& body, store::ApiToken token, const store::TokenForm& form, std::optional<Edit> edit,
               int64_t nowMs)
{
    if (body.integerOr("status") != static_cast<int>(TokenStatus::enabled)) return;
    token.expiresAt = form.expiresAt;
    token.unlimited = form.unlimited;
    if (edit) token.remainQuota = edit->kind == Edit::Kind::absolute ? edit->value : token.remainQuota + edit->value;
    checkEnabling(token, nowMs);
}

Response editToken(const Context& context, const Call& call)
{
    const JsonBody body = call.body();
    const int64_t id = body.requiredId();
    if (!call.query().text("status_only").empty()) return editStatus(context, call, id, body.integerOr("status"));

    store::TokenForm form;
    form.name = checkedName(body);
    form.subnet = checkedSubnet(body);
    form.unlimited = body.flagOr("unlimited_quota");
    form.models = body.textOr("models");
    const std::optional<int64_t> expiresAt = body.integer("expired_time");
    const std::optional<Edit> edit = balanceEditOf(context, call, body, id);
    context.database.write(
        [&](store::DbSession& session)
        {
            store::TokenRepository tokens(session);
            const store::TokenRow row = ownToken(tokens, call, id);
            form.expiresAt = expiresAt.value_or(row.token.expiresAt);
            checkForm(body, row.token, form, edit, context.nowMs());
            tokens.update(id, form);
        });
    if (edit) editBalance(context, call, id, *edit);
    context.keeper.changed();
    Response response = shown(context, call, id);
    if (const auto typed = body.integer("remain_quota"))
        context.shown.saved(call.caller().loginSession, store::AccountKind::token, id, *typed);
    return response;
}

Response deleteToken(const Context& context, const Call& call)
{
    context.database.write(
        [&](store::DbSession& session)
        {
            store::TokenRepository tokens(session);
            tokens.remove(ownToken(tokens, call, call.id()).token.id);
        });
    context.keeper.changed();
    return succeeded();
}

} // namespace

void addTokenRoutes(Router& router, const Context& context)
{
    const auto add = [&](const char* method, const char* path, Response (*handler)(const Context&, const Call&))
    {
        router.add(method, path, Protection::user,
                   [&context, handler](const Call& call) { return handler(context, call); });
    };
    add("GET", "/api/token/", listTokens);
    add("GET", "/api/token/search", searchTokens);
    add("GET", "/api/token/{id}", getToken);
    add("POST", "/api/token/", createToken);
    add("PUT", "/api/token/", editToken);
    add("DELETE", "/api/token/{id}", deleteToken);
}

} // namespace switchyard::management
