// What main() plugs into the command line: the commands that need the whole gateway.
#pragma once

#include "app/hooks.h"

namespace switchyard::app
{

/// serve, plugins and channel test. `signals` was made before any thread; it outlives the hooks.
Hooks gatewayHooks(class Signals& signals);

} // namespace switchyard::app
