#include "management/models.h"

#include "ledger/price/built_in_ratios.h"
#include "management/json_text.h"
#include "management/upstreams.h"
#include "store/snapshot_keeper.h"

#include <map>
#include <string>

namespace switchyard::management
{

namespace
{

constexpr uint32_t kTypes = 51; // of One API; its pages ask for no others

// What the provider in service for a type offers by default; a type without a plug-in has no models.
Response byType(const Upstreams& upstreams)
{
    const providers::ProviderSetPtr providers = upstreams.providers();
    JsonObject types;
    for (uint32_t type = 1; type <= kTypes; ++type)
    {
        JsonArray names;
        if (const providers::ProviderPtr provider = providers->byType(type))
            for (const providers::ProviderModel& model : provider->descriptor().models)
                names.add(model.name);
        types.addRaw(std::to_string(type), names.text());
    }
    return succeeded(types.text());
}

/// Model name to whom it belongs: the provider that offers it, the name of the price list, or the channels' own.
std::map<std::string, std::string> catalogue(const Context& context, const Upstreams& upstreams)
{
    std::map<std::string, std::string> owners;
    const providers::ProviderSetPtr providers = upstreams.providers();
    for (const providers::ProviderPtr& provider : providers->all())
        for (const providers::ProviderModel& model : provider->descriptor().models)
            owners.emplace(model.name, provider->id());
    for (const auto& [name, ratio] : ledger::builtInModelRatios())
        if (name.find('(') == std::string::npos) owners.emplace(name, "price list");
    if (const store::SnapshotPtr snapshot = context.keeper.current())
        for (const auto& [id, channel] : snapshot->channels())
            for (const std::string& model : channel.models)
                owners.emplace(model, "channels");
    return owners;
}

// Without the envelope: it has the form of OpenAI's list.
Response all(const Context& context, const Upstreams& upstreams)
{
    constexpr int64_t kCreated = 1626777600; // the pages show it; no provider says when its models were made
    JsonArray models;
    for (const auto& [name, owner] : catalogue(context, upstreams))
        models.addRaw(JsonObject()
                          .add("id", name)
                          .add("object", "model")
                          .add("created", kCreated)
                          .add("owned_by", owner)
                          .addRaw("permission", "[]")
                          .add("root", name)
                          .addRaw("parent", "null")
                          .text());
    Response response;
    response.body = JsonObject().add("object", "list").addRaw("data", models.text()).text();
    return response;
}

} // namespace

void addModelRoutes(Router& router, const Context& context, Upstreams& upstreams)
{
    router.add("GET", "/api/models", Protection::user, [&](const Call&) { return byType(upstreams); });
    router.add("GET", "/api/channel/models", Protection::admin, [&](const Call&) { return all(context, upstreams); });
}

} // namespace switchyard::management
