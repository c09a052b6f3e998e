// Needs an ability that no host has: it must be refused, with the ability's name.
#include <switchyard/provider.hpp>

class Nothing : public switchyard::Exchange
{
    void onStart(const switchyard::Start&) override { finish(); }
};

static void offer(switchyard::Plugin& plugin)
{
    switchyard::Descriptor descriptor;
    descriptor.id = "needs-more";
    descriptor.name = "Needs more";
    descriptor.operations = {SWY_OP_CHAT};
    plugin.provider<Nothing>(std::move(descriptor));
}
SWITCHYARD_PLUGIN_REQUIRES(offer, "switchyard.host.not-there/1")
