// The resource /api/log: what has been consumed and done.
#pragma once

#include "management/context.h"
#include "management/router.h"

namespace switchyard::management
{

void addLogRoutes(Router& router, const Context& context);

} // namespace switchyard::management
