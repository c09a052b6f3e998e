// switchyard ledger explain | audit
#pragma once

namespace switchyard::app
{

struct Invocation;

int ledgerExplain(Invocation& invocation);
int ledgerAudit(Invocation& invocation);

} // namespace switchyard::app
