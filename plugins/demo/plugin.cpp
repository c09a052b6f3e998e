// The provider `demo`: answers a fresh install without any account.
#include "exchange.h"

namespace switchyard::demo
{

namespace
{

void offer(Plugin& plugin)
{
    Descriptor demo;
    demo.id = "demo";
    demo.name = "Demo models";
    demo.vendor = "Switchyard";
    demo.version = SWITCHYARD_PLUGIN_VERSION;
    // Never contacted: a channel has a base URL, and this one says where the answers come from.
    demo.defaultBaseUrl = "http://demo.invalid";
    demo.operations = {SWY_OP_CHAT, SWY_OP_COMPLETIONS, SWY_OP_EMBEDDINGS, SWY_OP_MODELS};
    demo.models = {{"demo", 8192, 1024}, {"demo-large", 131072, 4096}, {"demo-embedding", 8192, 0}};
    demo.keyHint = "none is needed";
    demo.configSchema = kConfigSchema;
    plugin.provider<DemoExchange>(std::move(demo));
}

} // namespace

} // namespace switchyard::demo

SWITCHYARD_PLUGIN(switchyard::demo::offer)
