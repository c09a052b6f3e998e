// The composition root.
#include "app/application.h"
#include "app/serve.h"
#include "app/signals.h"
#include "providers/probe.h"

#include <cstdlib>
#include <string_view>

int main(int argc, char** argv)
{
    // Before any thread and any setting: this process is to be limited, and to end soon.
    if (argc == 3 && std::string_view(argv[1]) == "plugin-probe") return switchyard::providers::probeMain(std::atoi(argv[2]));

    switchyard::app::Signals signals; // before any other thread: they inherit what it blocks
    const switchyard::app::Hooks hooks = switchyard::app::gatewayHooks(signals);
    switchyard::app::Application application(hooks);
    return application.start(argc, argv);
}
