#include "app/token_commands.h"

#include "accounts/ip_address.h"
#include "app/command.h"
#include "app/open_store.h"
#include "app/pick.h"
#include "app/table_text.h"
#include "app/values.h"
#include "base/clock.h"
#include "base/secret.h"
#include "store/database.h"
#include "store/token_repository.h"
#include "store/user_repository.h"

#include <ctime>
#include <limits>
#include <map>

namespace switchyard::app
{

namespace
{

using store::DbSession;
using store::TokenRepository;
using store::TokenRow;
using store::TokenStatus;

std::string statusName(TokenStatus status)
{
    switch (status)
    {
    case TokenStatus::enabled:
        return "enabled";
    case TokenStatus::disabled:
        return "disabled";
    case TokenStatus::expired:
        return "expired";
    case TokenStatus::exhausted:
        return "exhausted";
    }
    return "unknown";
}

std::string dateOf(int64_t unixSeconds)
{
    if (unixSeconds == -1) return "never";
    const time_t time = unixSeconds;
    tm local{};
    localtime_r(&time, &local);
    char text[32];
    strftime(text, sizeof(text), "%Y-%m-%d %H:%M", &local);
    return text;
}

// Enough to tell two keys apart, not enough to use one.
std::string hintOf(const std::string& key) { return key.size() < 16 ? "sk-..." : "sk-" + key.substr(0, 4) + "..."; }

TokenRow rowIn(const Invocation& invocation)
{
    TokenRow row;
    store::ApiToken& token = row.token;
    token.name = std::string(trim(invocation.text("name")));
    if (token.name.empty()) throw UsageError("--name is empty");
    if (invocation.has("quota") && invocation.has("unlimited"))
        throw UsageError("--quota and --unlimited exclude each other");
    token.unlimited = !invocation.has("quota");
    if (invocation.has("quota"))
        token.remainQuota = invocation.parsed("quota", invocation.text("quota"),
                                              [](const std::string& text)
                                              { return integerIn(text, 1, std::numeric_limits<int64_t>::max()); });
    const std::string models = invocation.text("models");
    for (std::string_view model : split(models, ','))
        if (!trim(model).empty()) token.models.emplace_back(trim(model));
    token.subnet = invocation.text("subnet");
    for (std::string_view network : split(token.subnet, ','))
        if (!accounts::IpNetwork::parse(trim(network)))
            throw UsageError("--subnet `" + token.subnet + "`: expected comma separated networks such as 10.0.0.0/8");
    if (invocation.has("expires-in"))
        token.expiresAt =
            (unixMillis() + invocation.parsed("expires-in", invocation.text("expires-in"), duration).count()) / 1000;
    row.key = newTokenKey();
    return row;
}

store::User ownerIn(const Invocation& invocation, DbSession& session)
{
    store::UserRepository users(session);
    const auto user = invocation.has("user") ? users.findByName(invocation.text("user")) : users.root();
    if (user) return *user;
    throw Poco::NotFoundException(invocation.has("user") ? "there is no user `" + invocation.text("user") + "`"
                                                         : "there is no root user; name one with --user");
}

} // namespace

int tokenAdd(Invocation& invocation)
{
    TokenRow row = rowIn(invocation);
    telemetry::Logger log(commandLog(invocation.config()));
    const auto database = openStore(invocation.config(), log, invocation.err);
    const store::User owner = database->write(
        [&](DbSession& session)
        {
            store::User user = ownerIn(invocation, session);
            row.token.userId = user.id;
            row.token.id = TokenRepository(session).insert(row);
            return user;
        });
    // The key alone on standard output: KEY=$(switchyard token add --name x).
    invocation.out << "sk-" << row.key << "\n" << std::flush;
    invocation.err << "added token " << row.token.id << " (" << row.token.name << ") of " << owner.name << ", "
                   << (row.token.unlimited ? "unlimited: it may spend what its user has"
                                           : "quota " + std::to_string(row.token.remainQuota))
                   << "\n";
    return kExitOk;
}

int tokenList(Invocation& invocation)
{
    telemetry::Logger log(commandLog(invocation.config()));
    const auto database = openStore(invocation.config(), log, invocation.err);
    std::vector<std::vector<std::string>> table{
        {"ID", "NAME", "USER", "STATUS", "KEY", "REMAINING", "USED", "EXPIRES"}};
    database->read(
        [&](DbSession& session)
        {
            std::map<int64_t, std::string> users;
            for (const store::User& user : store::UserRepository(session).all())
                users[user.id] = user.name;
            for (const TokenRow& row : TokenRepository(session).all())
                table.push_back({std::to_string(row.token.id), row.token.name, users[row.token.userId],
                                 statusName(row.token.status), hintOf(row.key),
                                 row.token.unlimited ? "unlimited" : std::to_string(row.token.remainQuota),
                                 std::to_string(row.token.usedQuota), dateOf(row.token.expiresAt)});
        });
    printTable(invocation.out, table);
    return kExitOk;
}

int tokenRemove(Invocation& invocation)
{
    telemetry::Logger log(commandLog(invocation.config()));
    const auto database = openStore(invocation.config(), log, invocation.err);
    const TokenRow removed = database->write(
        [&](DbSession& session)
        {
            TokenRepository tokens(session);
            const auto rows = tokens.all();
            const TokenRow row = pick(
                rows, "token", invocation.arguments[0], [](const TokenRow& r) { return r.token.id; },
                [](const TokenRow& r) { return r.token.name; });
            tokens.remove(row.token.id);
            return row;
        });
    invocation.out << "removed token " << removed.token.id << " (" << removed.token.name << ")\n";
    return kExitOk;
}

} // namespace switchyard::app
