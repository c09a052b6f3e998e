// `switchyard token ...`. They work on the database; a running gateway sees the change by itself.
#pragma once

namespace switchyard::app
{

struct Invocation;

int tokenAdd(Invocation& invocation);
int tokenList(Invocation& invocation);
int tokenRemove(Invocation& invocation);

} // namespace switchyard::app
