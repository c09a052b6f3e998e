// POST /api/user/login, GET /api/user/logout, POST /api/user/register (admin-api.md 3).
#pragma once

#include "management/context.h"
#include "management/router.h"

namespace switchyard::management
{

void addLoginRoutes(Router& router, const Context& context);

} // namespace switchyard::management
