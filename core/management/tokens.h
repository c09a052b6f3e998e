// The caller's own API keys: /api/token/ (admin-api.md 6).
#pragma once

#include "management/context.h"
#include "management/router.h"

namespace switchyard::management
{

void addTokenRoutes(Router& router, const Context& context);

} // namespace switchyard::management
