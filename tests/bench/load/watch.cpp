#include "watch.h"
#include <fstream>
#include <sstream>
#include <string>
#include <unistd.h>

namespace load
{

Usage usageOf(int pid)
{
    Usage usage;
    if (pid == 0) return usage;
    const std::string folder = "/proc/" + std::to_string(pid);
    std::string line;
    std::ifstream stat(folder + "/stat");
    if (!std::getline(stat, line)) return usage;
    // The name in brackets may hold anything; the fields follow its last bracket, state first.
    std::istringstream fields(line.substr(line.rfind(')') + 2));
    std::string skipped;
    for (int i = 0; i < 11; ++i)
        fields >> skipped;
    std::uint64_t user = 0;
    std::uint64_t system = 0;
    fields >> user >> system;
    usage.cpuSeconds = static_cast<double>(user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));

    std::ifstream status(folder + "/status");
    while (std::getline(status, line))
        if (line.starts_with("VmRSS:")) usage.rssKib = std::stoull(line.substr(6));
    return usage;
}

} // namespace load
