// The caller's own account: GET, PUT, DELETE /api/user/self, its access token, invitation code, top-up by code,
// dashboard and models (admin-api.md 3.4).
#pragma once

#include "management/context.h"
#include "management/router.h"

namespace switchyard::management
{

void addSelfRoutes(Router& router, const Context& context);

} // namespace switchyard::management
