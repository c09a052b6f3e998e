// PUT /api/user/ and POST /api/topup: an administrator changes an account or its balance (admin-api.md 4, ledger.md 8).
#pragma once

#include "management/call.h"
#include "management/context.h"

namespace switchyard::management
{

/// What a form may change: name, password, display name, role, status, e-mail, group, and the balance by `quota` or
/// `quota_delta`. Everything else in the body is the server's own and ignored. Empty means keep.
Response editUser(const Context& context, const Call& call);

/// Adds points; for payment systems.
Response topUpUser(const Context& context, const Call& call);

} // namespace switchyard::management
