// What the plug-in offers: a provider for each row of the family.
#include "exchange.h"
#include "family.h"

namespace switchyard::openai
{

namespace
{

Descriptor describe(const Member& member)
{
    Descriptor out;
    out.id = member.id;
    out.name = member.name;
    out.vendor = member.vendor;
    out.version = SWITCHYARD_PLUGIN_VERSION;
    if (member.homePage) out.homePage = member.homePage;
    if (member.baseUrl) out.defaultBaseUrl = member.baseUrl;
    for (size_t i = 0; i < kOperationCount; ++i)
        if (member.operations & only(static_cast<Operation>(i)))
            out.operations.push_back(nameOf(static_cast<Operation>(i)));
    out.typeNumbers = {member.typeNumber};
    for (const char* model : member.models)
        out.models.push_back({model});
    out.keyHint = member.keyHint;
    out.configSchema = member.configSchema;
    return out;
}

void offer(Plugin& plugin)
{
    for (const Member& member : family())
        plugin.provider<FamilyExchange>(describe(member), &member);
}

} // namespace

} // namespace switchyard::openai

SWITCHYARD_PLUGIN(switchyard::openai::offer)
