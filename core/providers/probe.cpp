#include "providers/probe.h"

#include "providers/loaded_object.h"
#include "providers/plugin.h"
#include "providers/probe_sandbox.h"
#include "providers/verdict.h"

#include <dlfcn.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <string_view>

namespace switchyard::providers
{

namespace
{

void say(std::string_view text)
{
    [[maybe_unused]] const ssize_t written = ::write(STDOUT_FILENO, text.data(), text.size());
}

// _exit: destructors of the plug-in's objects are none of the probe's business, and may hang.
[[noreturn]] void refuse(const std::string& reason)
{
    say(toText({false, true, reason, {}}));
    ::_exit(1);
}

Verdict accepted(const std::vector<Plugin::Offer>& offers)
{
    Verdict verdict;
    verdict.accepted = true;
    for (const Plugin::Offer& offer : offers)
        verdict.claims.push_back({offer.descriptor.id, offer.descriptor.version, offer.descriptor.typeNumbers});
    return verdict;
}

} // namespace

int probeMain(int fd)
{
    enterProbeSandbox();
    const std::string name = "/proc/self/fd/" + std::to_string(fd);

    say("stage while it was loaded\n");
    void* object = ::dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (!object) refuse(loaderError(name));
    const auto* table = static_cast<const swy_plugin_t*>(::dlsym(object, "switchyard_plugin"));
    if (!table) refuse(loaderError(name));

    say("stage in init\n");
    Plugin plugin("probed", "", nullptr);
    if (const auto begun = plugin.begin(*table); !begun) refuse(begun.error());

    say("stage while it described its providers\n");
    const auto offers = plugin.offers();
    if (!offers) refuse(offers.error());
    const std::string text = toText(accepted(*offers));

    say("stage in deinit\n");
    plugin.end();
    say(text);
    ::_exit(0);
}

} // namespace switchyard::providers
