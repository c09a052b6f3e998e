// Commands that only look.
#pragma once

namespace switchyard::app
{

struct Invocation;

int pluginsCommand(Invocation& invocation);
int checkConfig(Invocation& invocation);

} // namespace switchyard::app
