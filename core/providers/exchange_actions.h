// The host's side of swy_actions_t: each action checked and handed to its Exchange.
#pragma once

#include <switchyard/provider.h>

namespace switchyard::providers
{

class Exchange;

/// The actions with `exchange` as their context.
swy_actions_t actionsFor(Exchange& exchange) noexcept;

} // namespace switchyard::providers
