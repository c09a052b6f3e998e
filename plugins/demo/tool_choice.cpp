#include "tool_choice.h"

#include "instance.h"

namespace switchyard::demo
{

namespace
{

constexpr size_t kMostRead = 16384; // of a message, in search of a tool's name
constexpr size_t kLeastWord = 4;    // shorter parts of a name ("get", "to") say nothing

/// The words of a tool's name: "getCurrent_weather" has three.
std::vector<std::string> partsOf(const std::string& name)
{
    std::vector<std::string> parts(1);
    for (size_t i = 0; i < name.size(); ++i)
    {
        const bool capital = name[i] >= 'A' && name[i] <= 'Z';
        if (!isLetter(name[i]) || (capital && i > 0 && name[i - 1] >= 'a' && name[i - 1] <= 'z')) parts.emplace_back();
        if (isLetter(name[i])) parts.back() += name[i];
    }
    for (std::string& part : parts)
        part = lowered(part);
    return parts;
}

/// 0: not asked for; the whole name counts most.
size_t score(const OfferedTool& tool, const std::string& said)
{
    if (said.find(lowered(tool.name)) != std::string::npos) return 100;
    size_t found = 0;
    for (const std::string& part : partsOf(tool.name))
        found += part.size() >= kLeastWord && said.find(part) != std::string::npos;
    return found;
}

std::string newId(Random& random)
{
    constexpr std::string_view alphabet = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    std::string id = "call_";
    for (int i = 0; i < 24; ++i)
        id += alphabet[random.below(alphabet.size())];
    return id;
}

} // namespace

std::vector<ToolCall> toolCallsFor(const ChatRequest& request, Random& random)
{
    const std::string said = lowered(std::string_view(request.said).substr(0, kMostRead));
    const bool forced = request.toolChoice == "required" || request.toolChoice.starts_with("=");
    std::vector<const OfferedTool*> chosen;
    if (request.tools.empty() || request.toolChoice == "none" || (request.answersTool && !forced)) return {};

    const OfferedTool* best = nullptr;
    size_t bestScore = 0;
    for (const OfferedTool& tool : request.tools)
    {
        if (request.toolChoice.starts_with("=") && "=" + tool.name != request.toolChoice) continue;
        const size_t points = score(tool, said);
        if (points >= 100 && request.manyTools && !request.toolChoice.starts_with("=")) chosen.push_back(&tool);
        if (!best || points > bestScore)
        {
            best = &tool;
            bestScore = points;
        }
    }
    const bool asks = bestScore > 0 || said.find("tool") != std::string::npos || said.find("工具") != std::string::npos;
    if (chosen.empty() && best && (forced || asks)) chosen.push_back(best);

    const Hints hints = hintsIn(request.said);
    std::vector<ToolCall> calls;
    for (const OfferedTool* tool : chosen)
    {
        std::string arguments = tool->parameters.isObject() ? instanceOf(tool->parameters, hints) : "{}";
        calls.push_back({newId(random), tool->name, arguments.starts_with('{') ? std::move(arguments) : "{}"});
    }
    return calls;
}

} // namespace switchyard::demo
