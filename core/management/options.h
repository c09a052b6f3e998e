// The resources that are options: /api/option, the groups, and the texts of the start pages.
#pragma once

#include "management/context.h"
#include "management/router.h"

namespace switchyard::management
{

void addOptionRoutes(Router& router, const Context& context);

} // namespace switchyard::management
