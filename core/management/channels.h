// The resource /api/channel: rows, tests, balances.
#pragma once

#include "management/context.h"
#include "management/router.h"

namespace switchyard::management
{

class ChannelTests;
class Upstreams;

/// All of them outlive the router.
void addChannelRoutes(Router& router, const Context& context, Upstreams& upstreams, ChannelTests& tests);

} // namespace switchyard::management
