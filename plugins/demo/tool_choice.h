// Which of the offered tools the demo model calls, and with what.
#pragma once

#include "request.h"
#include "text.h"

#include <string>
#include <vector>

namespace switchyard::demo
{

struct ToolCall
{
    std::string id;
    std::string name;
    std::string arguments; ///< JSON
};

/// None unless tool_choice forces one or the message asks: it names a tool, or a word of its name, or "tool".
std::vector<ToolCall> toolCallsFor(const ChatRequest& request, Random& random);

} // namespace switchyard::demo
