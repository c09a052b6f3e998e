#include "management/channel_form.h"

#include "base/text.h"
#include "management/json_text.h"
#include "management/refusal.h"

#include <Poco/JSON/Parser.h>
#include <limits>

namespace switchyard::management
{

namespace
{

using store::ChannelChanges;
using store::ChannelRow;
using store::ChannelStatus;

constexpr int kAws = 33;
constexpr int kVertex = 42;

constexpr Text kNoKey{"The field `key` is missing or empty: a channel needs at least one key.",
                      "缺少字段 `key`，或其值为空：渠道至少需要一个密钥。"};
constexpr Text kNoObject{"The field `{}` must be a JSON object, such as {}.", "字段 `{}` 必须是 JSON 对象，例如 {}。"};
constexpr Text kNoStatus{"The field `status` must be 1 (enabled) or 2 (disabled).",
                         "字段 `status` 必须是 1（启用）或 2（禁用）。"};
constexpr Text kNoWeight{"The field `weight` must be from 0 to 4294967295.", "字段 `weight` 必须在 0 到 4294967295 之间。"};
constexpr Text kNoType{"The field `type` is not a channel type.", "字段 `type` 不是有效的渠道类型。"};

bool isObject(const std::string& json)
{
    try
    {
        Poco::JSON::Parser parser;
        parser.setDepth(64);
        return parser.parse(json).type() == typeid(Poco::JSON::Object::Ptr);
    }
    catch (const Poco::Exception&) // whatever is wrong with it: it is no object
    {
        return false;
    }
}

std::optional<std::string> objectIn(const JsonBody& body, std::string_view name, const char* example)
{
    auto text = body.text(name);
    if (text && !trim(*text).empty() && !isObject(*text)) throw Refusal(kNoObject, {name, example});
    return text;
}

std::optional<int> typeIn(const JsonBody& body)
{
    const auto type = body.integer("type");
    if (!type || *type == 0) return std::nullopt;
    if (*type < 0 || *type > std::numeric_limits<int>::max()) throw Refusal(kNoType);
    return static_cast<int>(*type);
}

std::optional<ChannelStatus> statusIn(const JsonBody& body)
{
    const auto status = body.integer("status");
    if (!status || *status == 0) return std::nullopt;
    if (*status < 1 || *status > 3) throw Refusal(kNoStatus);
    return static_cast<ChannelStatus>(*status);
}

std::optional<int64_t> weightIn(const JsonBody& body)
{
    const auto weight = body.integer("weight");
    if (weight && (*weight < 0 || *weight > std::numeric_limits<uint32_t>::max())) throw Refusal(kNoWeight);
    return weight;
}

std::optional<std::string> unlessEmpty(std::optional<std::string> text)
{
    return text && !trim(*text).empty() ? text : std::nullopt;
}

/// One key for each line. Credentials of AWS and Vertex are one key of several lines.
std::vector<std::string> keysIn(const std::string& text, int type)
{
    std::vector<std::string> keys;
    if (type == kAws || type == kVertex)
    {
        if (const auto whole = trim(text); !whole.empty()) keys.emplace_back(whole);
        return keys;
    }
    for (const std::string_view line : split(text, '\n'))
        if (const auto key = trim(line); !key.empty()) keys.emplace_back(key);
    return keys;
}

} // namespace

ChannelChanges channelChangesIn(const JsonBody& body)
{
    ChannelChanges changes;
    changes.type = typeIn(body);
    changes.provider = body.text("provider");
    if (auto key = unlessEmpty(body.text("key"))) changes.key = std::string(trim(*key));
    changes.status = statusIn(body);
    changes.name = unlessEmpty(body.text("name"));
    changes.weight = weightIn(body);
    changes.baseUrl = body.text("base_url");
    changes.other = body.text("other");
    changes.models = unlessEmpty(body.text("models"));
    changes.groups = unlessEmpty(body.text("group"));
    changes.modelMapping = objectIn(body, "model_mapping", R"({"gpt-4o":"gpt-4o-2024-11-20"})");
    changes.priority = body.integer("priority");
    changes.config = unlessEmpty(objectIn(body, "config", R"({"api_version":"2024-10-21"})"));
    changes.systemPrompt = body.text("system_prompt");
    changes.settings = objectIn(body, "settings", R"({"include_usage":false})");
    return changes;
}

std::vector<ChannelRow> newChannelsIn(const JsonBody& body)
{
    const ChannelChanges given = channelChangesIn(body);
    ChannelRow row;
    row.type = given.type.value_or(0);
    row.provider = given.provider.value_or("");
    row.status = given.status.value_or(ChannelStatus::enabled);
    row.name = given.name.value_or("");
    row.weight = given.weight.value_or(0);
    row.baseUrl = given.baseUrl.value_or("");
    row.other = given.other.value_or("");
    row.models = given.models.value_or("");
    row.groups = given.groups.value_or("default");
    row.modelMapping = given.modelMapping.value_or("");
    row.priority = given.priority.value_or(0);
    row.config = given.config.value_or("");
    row.systemPrompt = given.systemPrompt.value_or("");
    row.settings = given.settings.value_or("");
    std::vector<ChannelRow> rows;
    for (std::string& key : keysIn(body.textOr("key"), row.type))
    {
        row.key = std::move(key);
        rows.push_back(row);
    }
    if (rows.empty()) throw Refusal(kNoKey);
    return rows;
}

std::string channelJson(const store::ChannelRecord& record)
{
    const ChannelRow& row = record.row;
    return JsonObject()
        .add("id", row.id)
        .add("type", row.type)
        .add("key", "")
        .add("status", static_cast<int>(row.status))
        .add("name", row.name)
        .add("weight", row.weight)
        .add("created_time", record.createdAt)
        .add("test_time", record.testedAt)
        .add("response_time", record.responseMs)
        .add("base_url", row.baseUrl)
        .add("other", row.other)
        .add("balance", record.balance)
        .add("balance_updated_time", record.balanceAt)
        .add("models", row.models)
        .add("group", row.groups)
        .add("used_quota", record.usedQuota)
        .add("model_mapping", row.modelMapping)
        .add("priority", row.priority)
        .add("config", row.config)
        .add("system_prompt", row.systemPrompt)
        .add("provider", row.provider)
        .add("settings", row.settings)
        .text();
}

} // namespace switchyard::management
