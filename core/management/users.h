// Other people's accounts, for administrators: /api/user/, its search and manage, and POST /api/topup (admin-api.md 4).
#pragma once

#include "management/context.h"
#include "management/router.h"

namespace switchyard::management
{

void addUserRoutes(Router& router, const Context& context);

} // namespace switchyard::management
