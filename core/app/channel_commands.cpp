#include "app/channel_commands.h"

#include "app/channel_types.h"
#include "app/command.h"
#include "app/open_store.h"
#include "app/pick.h"
#include "app/table_text.h"
#include "app/values.h"
#include "store/channel_keys.h"
#include "store/channel_repository.h"
#include "store/database.h"

#include <algorithm>
#include <iostream>
#include <limits>

namespace switchyard::app
{

namespace
{

using store::ChannelRepository;
using store::ChannelRow;
using store::ChannelStatus;
using store::DbSession;

std::string statusName(ChannelStatus status)
{
    switch (status)
    {
    case ChannelStatus::enabled:
        return "enabled";
    case ChannelStatus::disabledByHand:
        return "disabled";
    case ChannelStatus::disabledAutomatically:
        return "auto-disabled";
    case ChannelStatus::unknown:
        break;
    }
    return "unknown";
}

std::string typeName(const ChannelRow& row)
{
    if (!row.provider.empty()) return row.provider;
    const std::string_view id = providerIdOf(row.type);
    return std::to_string(row.type) + (id.empty() ? "" : " (" + std::string(id) + ")");
}

std::string namesIn(const Invocation& invocation, const std::string& option, const std::string& otherwise)
{
    const std::string given = invocation.text(option, otherwise);
    std::string list;
    for (std::string_view name : split(given, ','))
        if (!trim(name).empty()) list.append(list.empty() ? "" : ",").append(trim(name));
    if (list.empty()) throw UsageError("--" + option + " names nothing");
    return list;
}

std::string keyIn(const Invocation& invocation)
{
    const std::string given = invocation.text("key");
    if (given != "-") return given;
    std::string line;
    std::getline(std::cin, line);
    const std::string key(trim(line));
    if (key.empty()) throw UsageError("--key -: there was no key on standard input");
    return key;
}

std::string settingsIn(const Invocation& invocation)
{
    std::string members;
    if (invocation.has("proxy"))
    {
        const std::string proxy =
            invocation.parsed("proxy", invocation.text("proxy"),
                              [](const std::string& text) { return url(text, "http https socks5 socks5h"); });
        members = "\"proxy\":" + jsonQuoted(proxy);
    }
    if (invocation.has("no-usage-frame"))
        members += std::string(members.empty() ? "" : ",") + "\"include_usage\":false";
    return members.empty() ? "" : "{" + members + "}";
}

ChannelType typeIn(const Invocation& invocation)
{
    const std::string given = invocation.text("type");
    const auto type = channelTypeOf(given);
    if (!type)
        throw UsageError("--type `" + given +
                         "`: expected a provider id such as openai (`switchyard plugins` lists them) or a "
                         "One API type number");
    return *type;
}

int64_t numberIn(const Invocation& invocation, const std::string& option, int64_t least, int64_t most)
{
    return invocation.parsed(option, invocation.text(option, "0"),
                             [&](const std::string& text) { return integerIn(text, least, most); });
}

ChannelRow rowIn(const Invocation& invocation)
{
    ChannelRow row;
    row.name = std::string(trim(invocation.text("name")));
    if (row.name.empty()) throw UsageError("--name is empty");
    const ChannelType type = typeIn(invocation);
    row.type = type.number;
    row.provider = type.provider;
    row.models = namesIn(invocation, "models", "");
    row.groups = namesIn(invocation, "group", "default");
    row.priority = numberIn(invocation, "priority", -1'000'000'000, 1'000'000'000);
    row.weight = numberIn(invocation, "weight", 0, std::numeric_limits<uint32_t>::max());
    row.systemPrompt = invocation.text("system-prompt");
    if (invocation.has("base-url"))
        row.baseUrl = invocation.parsed("base-url", invocation.text("base-url"),
                                        [](const std::string& text) { return url(text, "http https"); });
    if (invocation.has("model-mapping"))
        row.modelMapping = invocation.parsed("model-mapping", invocation.text("model-mapping"), jsonTexts);
    if (invocation.has("channel-config"))
        row.config = invocation.parsed("channel-config", invocation.text("channel-config"), jsonObject);
    row.settings = settingsIn(invocation);
    row.key = keyIn(invocation);
    return row;
}

std::vector<ChannelRow> allChannels(store::Database& database, const store::KeySealer& keys)
{
    return database.read([&](DbSession& session) { return ChannelRepository(session, keys).all(); });
}

const ChannelRow& pickChannel(const std::vector<ChannelRow>& rows, const std::string& wanted)
{
    return pick(
        rows, "channel", wanted, [](const ChannelRow& row) { return row.id; },
        [](const ChannelRow& row) { return row.name; });
}

} // namespace

int channelAdd(Invocation& invocation)
{
    const ChannelRow row = rowIn(invocation);
    telemetry::Logger log(commandLog(invocation.config()));
    const auto database = openStore(invocation.config(), log, invocation.err);
    const auto keys = openKeys(invocation.config(), *database, log);
    const int64_t id =
        database->write([&](DbSession& session) { return ChannelRepository(session, *keys).insert(row); });
    invocation.out << "added channel " << id << " (" << row.name << "): " << typeName(row) << ", models " << row.models
                   << "\n";
    // Its plug-in may come later, but more often the name is misspelt.
    if (!row.provider.empty() && invocation.hooks.providerIds)
    {
        const auto ids = invocation.hooks.providerIds(invocation.config());
        if (std::find(ids.begin(), ids.end(), row.provider) == ids.end())
            invocation.err << "switchyard: no plug-in here offers the provider `" << row.provider
                           << "`; the channel answers 503 until one does. `switchyard plugins` lists what is loaded\n";
    }
    return kExitOk;
}

int channelList(Invocation& invocation)
{
    telemetry::Logger log(commandLog(invocation.config()));
    const auto database = openStore(invocation.config(), log, invocation.err);
    std::vector<std::vector<std::string>> table{
        {"ID", "NAME", "TYPE", "STATUS", "GROUPS", "PRIORITY", "WEIGHT", "BASE URL", "MODELS"}};
    const store::ChannelKeys keys(invocation.config().keyFile); // not openKeys: a list needs no keys
    for (const ChannelRow& row : allChannels(*database, keys))
        table.push_back({std::to_string(row.id), row.name, typeName(row), statusName(row.status), row.groups,
                         std::to_string(row.priority), std::to_string(row.weight),
                         row.baseUrl.empty() ? "-" : row.baseUrl, row.models});
    printTable(invocation.out, table);
    return kExitOk;
}

int channelTest(Invocation& invocation)
{
    telemetry::Logger log(commandLog(invocation.config()));
    const auto database = openStore(invocation.config(), log, invocation.err);
    const auto keys = openKeys(invocation.config(), *database, log);
    const auto rows = allChannels(*database, *keys);
    const store::Channel channel =
        store::channelOf(pickChannel(rows, invocation.arguments[0]), [&](int64_t, std::string_view problem)
                         { invocation.err << "switchyard: " << problem << "\n"; });
    if (invocation.hooks.testChannel) return invocation.hooks.testChannel(invocation.config(), channel, invocation.out);
    invocation.err << "switchyard: this build cannot test channels\n";
    return kExitFailure;
}

int channelRemove(Invocation& invocation)
{
    telemetry::Logger log(commandLog(invocation.config()));
    const auto database = openStore(invocation.config(), log, invocation.err);
    const store::ChannelKeys keys(invocation.config().keyFile); // a channel whose key is lost can be removed
    const ChannelRow removed = database->write(
        [&](DbSession& session)
        {
            ChannelRepository channels(session, keys);
            const ChannelRow row = pickChannel(channels.all(), invocation.arguments[0]);
            channels.remove(row.id);
            return row;
        });
    invocation.out << "removed channel " << removed.id << " (" << removed.name << ")\n";
    return kExitOk;
}

} // namespace switchyard::app
