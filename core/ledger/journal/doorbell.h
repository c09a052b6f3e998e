// How one thread sleeps and others wake it, at the price of one atomic operation while it is awake.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace switchyard::ledger
{

class Doorbell
{
public:
    /// [any thread; lock-free] Makes a system call only when the sleeper sleeps.
    void ring() noexcept;
    /// Until somebody rings, or has rung since the last wait, or the time is up. [the sleeper]
    void wait(std::chrono::microseconds most) noexcept;

private:
    enum State : uint32_t
    {
        quiet,
        rung,
        asleep
    };
    std::atomic<uint32_t> state_{quiet};
};

} // namespace switchyard::ledger
