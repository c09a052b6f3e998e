// CPU time and memory of the measured process, from /proc.
#pragma once
#include <cstdint>

namespace load
{

struct Usage
{
    double cpuSeconds = 0;
    std::uint64_t rssKib = 0;
};

/// Of process `pid`, all its threads; zeros for pid 0 or a process that is gone.
Usage usageOf(int pid);

} // namespace load
