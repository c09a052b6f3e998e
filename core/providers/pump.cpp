#include "providers/pump.h"

#include "providers/pump_run.h"

namespace switchyard::providers
{

net::Task<PumpOutcome> pump(PumpContext& context, PumpAttempt attempt)
{
    PumpRun run(context, attempt);
    auto starting = run.start();
    co_await starting;
    starting.reset();
    auto proceeding = run.proceed();
    co_await proceeding;
    proceeding.reset();
    auto cancelling = run.cancel();
    co_await cancelling;
    auto finishing = run.finish();
    co_await finishing;
    co_return run.outcome();
}

} // namespace switchyard::providers
