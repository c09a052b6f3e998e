// Which models there are: per channel type, and all of them (admin-api.md 3 and 5.1).
#pragma once

#include "management/context.h"
#include "management/router.h"

namespace switchyard::management
{

class Upstreams;

void addModelRoutes(Router& router, const Context& context, Upstreams& upstreams);

} // namespace switchyard::management
