// What a provider's account still holds, asked with the channel's key.
#pragma once

#include "management/upstreams.h"

namespace switchyard::management
{

/// In the provider's own unit (admin-api.md 5.6). Throws Refusal: this kind of channel has no such query, or what the
/// upstream said. `now`: Unix seconds, for queries that ask for a span of days.
double askBalance(Upstreams& upstreams, const store::Channel& channel, int64_t now);

} // namespace switchyard::management
