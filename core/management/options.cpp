#include "management/options.h"

#include "ledger/price/built_in_ratios.h"
#include "management/json_text.h"
#include "management/option_rules.h"
#include "store/database.h"
#include "store/option_repository.h"
#include "store/snapshot_keeper.h"

namespace switchyard::management
{

namespace
{

store::Options stored(const Context& context)
{
    return context.database.read([](store::DbSession& session) { return store::OptionRepository(session).all(); });
}

/// What is in force: the built-in ratios, overridden by the option's. One that is no object of ratios is shown as it is.
std::string ratiosInForce(ledger::RatioTable table, const std::string& option)
{
    if (!option.empty())
    {
        const auto own = ledger::readRatios(option);
        if (!own) return option;
        for (const auto& [name, ratio] : *own)
            table.insert_or_assign(name, ratio);
    }
    JsonObject ratios;
    for (const auto& [name, ratio] : table)
        ratios.add(name, ratio);
    return ratios.text();
}

Response list(const Context& context)
{
    const store::Options options = stored(context);
    JsonArray all;
    for (const auto& [key, value] : options.all())
    {
        if (store::Options::hidden(key)) continue;
        std::string shown = value;
        if (key == "ModelRatio") shown = ratiosInForce(ledger::builtInModelRatios(), value);
        if (key == "CompletionRatio") shown = ratiosInForce(ledger::builtInCompletionRatios(), value);
        all.addRaw(JsonObject().add("key", key).add("value", shown).text());
    }
    return succeeded(all.text());
}

Response put(const Context& context, const Call& call)
{
    std::string key;
    std::string value;
    try
    {
        const JsonBody body = call.body();
        key = body.textOr("key");
        value = body.textOr("value");
    }
    catch (const Refusal& refusal) // the one place where One API answers with 400 (admin-api.md 1.2)
    {
        return refused(refusal.message(call.language()), 400);
    }
    context.database.write(
        [&](store::DbSession& session)
        {
            store::OptionRepository options(session);
            checkOption(key, value, options.all());
            options.set(key, value);
        });
    context.keeper.changed();
    return succeeded();
}

Response groups(const Context& context)
{
    const auto ratios = ledger::readRatios(stored(context).text("GroupRatio"));
    JsonArray names;
    if (ratios)
        for (const auto& [name, ratio] : *ratios)
            names.add(name);
    return succeeded(names.text());
}

} // namespace

void addOptionRoutes(Router& router, const Context& context)
{
    router.add("GET", "/api/option/", Protection::root, [&](const Call&) { return list(context); });
    router.add("PUT", "/api/option/", Protection::root, [&](const Call& call) { return put(context, call); });
    router.add("GET", "/api/group/", Protection::admin, [&](const Call&) { return groups(context); });
    const auto addText = [&](const char* path, const char* option)
    {
        router.add("GET", path, Protection::none,
                   [&context, option](const Call&)
                   {
                       const store::SnapshotPtr snapshot = context.keeper.current();
                       return succeeded(jsonQuoted(snapshot ? snapshot->options().text(option) : std::string()));
                   });
    };
    addText("/api/notice", "Notice");
    addText("/api/about", "About");
    addText("/api/home_page_content", "HomePageContent");
}

} // namespace switchyard::management
