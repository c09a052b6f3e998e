#include "ledger/journal/journal_clock.h"

#include <ctime>

namespace switchyard::ledger
{

namespace
{

int64_t millisOf(clockid_t clock) noexcept
{
    timespec now{};
    clock_gettime(clock, &now);
    return static_cast<int64_t>(now.tv_sec) * 1000 + now.tv_nsec / 1'000'000;
}

} // namespace

int64_t SystemClock::wallMillis() noexcept { return millisOf(CLOCK_REALTIME); }
int64_t SystemClock::bootMillis() noexcept { return millisOf(CLOCK_BOOTTIME); }

} // namespace switchyard::ledger
