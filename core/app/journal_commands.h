// `switchyard journal ...`. They work on the journal's directory; verify and dump may run beside a gateway.
#pragma once

namespace switchyard::app
{

struct Invocation;

int journalVerify(Invocation& invocation);
int journalDump(Invocation& invocation);
int journalRepair(Invocation& invocation);
int journalApply(Invocation& invocation);

} // namespace switchyard::app
