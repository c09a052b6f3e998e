// From a row of `channels` to the Channel that the relay uses.
#include "base/text.h"
#include "store/channel_repository.h"

#include <Poco/Exception.h>
#include <Poco/JSON/Parser.h>
#include <algorithm>
#include <limits>
#include <sstream>
#include <unordered_set>

namespace switchyard::store
{

namespace
{

using JsonObject = Poco::JSON::Object::Ptr;

// Null for a text that is no JSON object.
JsonObject objectOf(const std::string& json)
{
    try
    {
        return Poco::JSON::Parser().parse(json).extract<JsonObject>();
    }
    catch (const Poco::Exception&)
    {
        return nullptr;
    }
}

std::vector<std::string> listOf(std::string_view commaSeparated)
{
    std::vector<std::string> list;
    std::unordered_set<std::string_view> seen;
    for (std::string_view part : split(commaSeparated, ','))
        if (const std::string_view name = trim(part); !name.empty() && seen.insert(name).second)
            list.emplace_back(name);
    return list;
}

// database.md 7: which key of the configuration the column `other` stands for.
const char* otherMeans(int type) noexcept
{
    switch (type)
    {
    case 3:
    case 18:
    case 24:
        return "api_version";
    case 21:
        return "library_id";
    case 17:
        return "plugin";
    default:
        return nullptr;
    }
}

std::string configOf(const ChannelRow& row, const RowWarning& warning)
{
    const char* meant = row.other.empty() ? nullptr : otherMeans(row.type);
    if (!meant && (row.config.empty() || row.config == "{}")) return "{}";
    JsonObject config = objectOf(row.config.empty() ? "{}" : row.config);
    if (!config)
    {
        warning(row.id, "config is no JSON object and is ignored");
        config = new Poco::JSON::Object;
    }
    if (meant && config->optValue<std::string>(meant, "").empty()) config->set(meant, row.other);
    std::ostringstream out;
    config->stringify(out);
    return out.str();
}

std::vector<std::pair<std::string, std::string>> mappingOf(const ChannelRow& row, const RowWarning& warning)
{
    std::vector<std::pair<std::string, std::string>> mapping;
    if (row.modelMapping.empty() || row.modelMapping == "{}") return mapping;
    const JsonObject object = objectOf(row.modelMapping);
    if (!object) warning(row.id, "model_mapping is no JSON object and is ignored");
    if (!object) return mapping;
    for (const auto& [from, to] : *object)
    {
        if (to.isString())
            mapping.emplace_back(from, to.extract<std::string>());
        else
            warning(row.id, "model_mapping holds a value that is no text; that entry is ignored");
    }
    return mapping;
}

ChannelSettings settingsOf(const ChannelRow& row, const RowWarning& warning)
{
    ChannelSettings settings;
    if (row.settings.empty()) return settings;
    const JsonObject object = objectOf(row.settings);
    if (!object) warning(row.id, "settings is no JSON object and is ignored");
    if (!object) return settings;
    settings.proxy = object->optValue<std::string>("proxy", "");
    settings.includeUsage = object->optValue<bool>("include_usage", true);
    if (const JsonObject limits = object->getObject("limits"))
    {
        const auto limit = [&](const char* name) { return std::max<int64_t>(0, limits->optValue<int64_t>(name, 0)); };
        settings.requestsPerMinute = limit("rpm");
        settings.tokensPerMinute = limit("tpm");
        settings.concurrent = limit("concurrent");
    }
    return settings;
}

} // namespace

Channel channelOf(ChannelRow row, const RowWarning& warning)
{
    Channel channel;
    channel.id = row.id;
    channel.type = row.type;
    channel.status = row.status;
    if (!row.keyProblem.empty())
    {
        warning(row.id, row.keyProblem);
        channel.status = ChannelStatus::unknown;
    }
    channel.priority = row.priority;
    channel.weight = static_cast<uint32_t>(std::clamp<int64_t>(row.weight, 0, std::numeric_limits<uint32_t>::max()));
    channel.models = listOf(row.models);
    channel.groups = listOf(row.groups);
    channel.modelMapping = mappingOf(row, warning);
    channel.config = configOf(row, warning);
    channel.settings = settingsOf(row, warning);
    channel.provider = std::move(row.provider);
    channel.name = std::move(row.name);
    channel.baseUrl = std::move(row.baseUrl);
    channel.key = std::move(row.key);
    channel.systemPrompt = std::move(row.systemPrompt);
    channel.other = std::move(row.other);
    return channel;
}

} // namespace switchyard::store
