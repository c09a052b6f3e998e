// Running a check in a process of its own: whatever the plug-in does there is told by name.
#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace switchyard::check
{

struct ChildResult
{
    std::string output; ///< what the child wrote to descriptor 3
    std::string
        problem; ///< "crashed with SIGSEGV", "did not end within 20 s", "ended with exit code 3"; empty: ended well
};

/// Starts this executable with `arguments` and waits for its end, at most `limit`. May be called by several threads.
ChildResult runChild(const std::vector<std::string>& arguments, std::chrono::seconds limit);

} // namespace switchyard::check
