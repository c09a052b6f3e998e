// The table of actions over a Play.
#pragma once

#include <switchyard/provider.h>

namespace switchyard::check
{

class Play;

swy_actions_t actionTable(Play& play);

} // namespace switchyard::check
