#include "store/channel_repository.h"

#include "base/clock.h"
#include "base/text.h"

namespace switchyard::store
{

namespace
{

using Poco::Int64;
using Fields = Poco::Tuple<Int64, Int64, std::string, std::string, Int64, std::string, Int64, std::string, std::string,
                           std::string, std::string, std::string, Int64, std::string, std::string, std::string>;

constexpr std::string_view kSelect =
    "SELECT [id], [type], [provider], [key], [status], [name], [weight], [base_url], [other], [models], [group], "
    "[model_mapping], [priority], [config], [system_prompt], [settings] FROM [channels]";

void openKey(ChannelRow& row, const std::string& stored, const KeySealer& sealer)
{
    try
    {
        row.key = sealer.open(stored);
    }
    catch (const KeyUnreadable& e) // this channel cannot serve; the others can
    {
        row.keyProblem = e.message();
    }
}

std::string trimmed(const std::string& text) { return std::string(trim(text)); }

ChannelRow rowOf(const Fields& fields, const KeySealer& sealer)
{
    ChannelRow row;
    row.id = fields.get<0>();
    row.type = static_cast<int>(fields.get<1>());
    row.provider = trimmed(fields.get<2>());
    openKey(row, fields.get<3>(), sealer);
    row.status = static_cast<ChannelStatus>(fields.get<4>());
    row.name = fields.get<5>();
    row.weight = fields.get<6>();
    row.baseUrl = trimmed(fields.get<7>());
    row.other = fields.get<8>();
    row.models = fields.get<9>();
    row.groups = fields.get<10>();
    row.modelMapping = trimmed(fields.get<11>());
    row.priority = fields.get<12>();
    row.config = trimmed(fields.get<13>());
    row.systemPrompt = fields.get<14>();
    row.settings = trimmed(fields.get<15>());
    return row;
}

} // namespace

std::vector<ChannelRow> ChannelRepository::all()
{
    std::vector<ChannelRow> rows;
    for (const Fields& fields : session_.query<Fields>(std::string(kSelect) + " ORDER BY [id]"))
        rows.push_back(rowOf(fields, sealer_));
    return rows;
}

std::optional<ChannelRow> ChannelRepository::find(int64_t id)
{
    const auto found = session_.query<Fields>(std::string(kSelect) + " WHERE [id] = ?", id);
    if (found.empty()) return std::nullopt;
    return rowOf(found.front(), sealer_);
}

int64_t ChannelRepository::insert(const ChannelRow& row)
{
    // NULLIF keeps an absent provider NULL: the provider that serves the type number answers then.
    session_.execute(
        "INSERT INTO [channels] ([type], [provider], [key], [status], [name], [weight], [base_url], [other], [models], "
        "[group], [model_mapping], [priority], [config], [system_prompt], [settings], [created_time], [test_time], "
        "[response_time], [balance], [balance_updated_time], [used_quota]) "
        "VALUES (?, NULLIF(?, ''), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULLIF(?, ''), ?, 0, 0, 0, 0, 0)",
        row.type, row.provider, stored(row.key), static_cast<int>(row.status), row.name, row.weight, row.baseUrl,
        row.other, row.models, row.groups, row.modelMapping, row.priority, row.config, row.systemPrompt, row.settings,
        unixMillis() / 1000);
    ChannelRow inserted = row;
    inserted.id = session_.lastId();
    rebuildAbilities(inserted);
    return inserted.id;
}

bool ChannelRepository::update(int64_t id, const ChannelChanges& changes)
{
    std::string assignments;
    std::vector<Parameter> parameters;
    const auto assign = [&](std::string_view column, const auto& value)
    {
        if (!value) return;
        assignments.append(assignments.empty() ? "[" : ", [").append(column).append("] = ?");
        if constexpr (std::is_same_v<std::decay_t<decltype(*value)>, std::string>)
            parameters.emplace_back(*value);
        else
            parameters.emplace_back(static_cast<int64_t>(*value));
    };
    const auto orNull = [&](std::string_view column, const std::optional<std::string>& value)
    {
        if (!value) return;
        assignments.append(assignments.empty() ? "[" : ", [").append(column).append("] = NULLIF(?, '')");
        parameters.emplace_back(*value);
    };
    assign("type", changes.type);
    orNull("provider", changes.provider);
    assign("key", changes.key ? std::optional(stored(*changes.key)) : std::nullopt);
    assign("status", changes.status);
    assign("name", changes.name);
    assign("weight", changes.weight);
    assign("base_url", changes.baseUrl);
    assign("other", changes.other);
    assign("models", changes.models);
    assign("group", changes.groups);
    assign("model_mapping", changes.modelMapping);
    assign("priority", changes.priority);
    assign("config", changes.config);
    assign("system_prompt", changes.systemPrompt);
    orNull("settings", changes.settings);
    if (!assignments.empty())
    {
        parameters.emplace_back(id);
        session_.executeList("UPDATE [channels] SET " + assignments + " WHERE [id] = ?", parameters);
    }
    const auto row = find(id); // MySQL does not count a row that stays as it was
    if (row) rebuildAbilities(*row);
    return row.has_value();
}

bool ChannelRepository::remove(int64_t id)
{
    const size_t abilities = session_.execute("DELETE FROM [abilities] WHERE [channel_id] = ?", id);
    return session_.execute("DELETE FROM [channels] WHERE [id] = ?", id) + abilities > 0;
}

std::string ChannelRepository::stored(const std::string& key)
{
    sealer_.follow(session_);
    return sealer_.seal(key);
}

size_t ChannelRepository::removeDisabled()
{
    const auto byHand = static_cast<int>(ChannelStatus::disabledByHand);
    const auto automatically = static_cast<int>(ChannelStatus::disabledAutomatically);
    session_.execute("DELETE FROM [abilities] WHERE [channel_id] IN "
                     "(SELECT [id] FROM [channels] WHERE [status] IN (?, ?))",
                     byHand, automatically);
    return session_.execute("DELETE FROM [channels] WHERE [status] IN (?, ?)", byHand, automatically);
}

void ChannelRepository::rebuildAbilities(const ChannelRow& row)
{
    session_.execute("DELETE FROM [abilities] WHERE [channel_id] = ?", row.id);
    const Channel channel = channelOf(row, [](int64_t, std::string_view) {});
    for (const std::string& group : channel.groups)
        for (const std::string& model : channel.models)
            session_.execute("INSERT INTO [abilities] ([group], [model], [channel_id], [enabled], [priority]) "
                             "VALUES (?, ?, ?, ?, ?)",
                             group, model, row.id, channel.enabled(), row.priority);
}

} // namespace switchyard::store
