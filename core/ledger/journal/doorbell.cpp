#include "ledger/journal/doorbell.h"

#include <ctime>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace switchyard::ledger
{

static_assert(sizeof(std::atomic<uint32_t>) == sizeof(uint32_t), "the kernel looks at the number itself");

void Doorbell::ring() noexcept
{
    if (state_.exchange(rung, std::memory_order_seq_cst) != asleep) return;
    ::syscall(SYS_futex, &state_, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
}

void Doorbell::wait(std::chrono::microseconds most) noexcept
{
    uint32_t expected = quiet;
    if (most.count() > 0 && state_.compare_exchange_strong(expected, asleep, std::memory_order_seq_cst))
    {
        timespec time{};
        time.tv_sec = most.count() / 1'000'000;
        time.tv_nsec = most.count() % 1'000'000 * 1000;
        // A wake for nothing, a signal: the caller looks at its queues and waits again.
        ::syscall(SYS_futex, &state_, FUTEX_WAIT_PRIVATE, static_cast<uint32_t>(asleep), &time, nullptr, 0);
    }
    state_.exchange(quiet, std::memory_order_seq_cst); // not a store: what was pushed before a ring must be seen after it
}

} // namespace switchyard::ledger
