// The resource /api/redemption: codes that add points to an account, for administrators. They are redeemed at
// /api/user/topup.
#pragma once

#include "management/context.h"
#include "management/router.h"

namespace switchyard::management
{

void addRedemptionRoutes(Router& router, const Context& context);

} // namespace switchyard::management
