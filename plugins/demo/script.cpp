#include "script.h"

#include "instance.h"
#include "speech.h"
#include "tool_choice.h"

#include <algorithm>

namespace switchyard::demo
{

namespace
{

/// One choice's answer, as its deltas in order.
struct Part
{
    std::vector<Line> lines;
    int64_t tokens = 0;
    int64_t thinkingTokens = 0;
};

/// Cuts at the first stop sequence.
void applyStops(std::string& text, const std::vector<std::string>& stops)
{
    for (const std::string& stop : stops)
        text.resize(std::min(text.size(), text.find(stop)));
}

/// Says `text` word by word until the limit is reached; false: it was.
bool say(Part& part, uint32_t kind, uint32_t choice, std::string_view text, int64_t limit)
{
    for (const std::string_view word : wordsOf(text))
    {
        const int64_t tokens = std::max<int64_t>(tokensOf(word), 1);
        if (part.tokens + tokens > limit) return false;
        part.tokens += tokens;
        if (kind == SWY_DELTA_THINKING) part.thinkingTokens += tokens;
        part.lines.push_back({kind, choice, 0, std::string(word), {}, {}});
    }
    return true;
}

void callTools(Part& part, uint32_t choice, const std::vector<ToolCall>& calls)
{
    uint32_t block = 0;
    for (const ToolCall& call : calls)
    {
        part.lines.push_back({SWY_DELTA_TOOL_BEGIN, choice, block, {}, call.id, call.name});
        // In two pieces: a client that takes arguments for whole shows it.
        const size_t half =
            call.arguments.find(':') == std::string::npos ? call.arguments.size() : call.arguments.find(':') + 1;
        part.lines.push_back({SWY_DELTA_TOOL_ARGUMENTS, choice, block, call.arguments.substr(0, half), {}, {}});
        if (half < call.arguments.size())
            part.lines.push_back({SWY_DELTA_TOOL_ARGUMENTS, choice, block, call.arguments.substr(half), {}, {}});
        part.tokens += tokensOf(call.name) + tokensOf(call.arguments);
        ++block;
    }
    part.lines.push_back({SWY_DELTA_STOP, choice, 0, {}, {}, "tool_calls"});
}

std::string structured(const ChatRequest& request)
{
    const Hints hints = hintsIn(request.said);
    if (request.schema.isObject()) return instanceOf(request.schema, hints);
    return R"({"answer":"This is the demo model's JSON mode.","message":)" +
           sdk::jsonString(shortened(request.said, 160)) + "}";
}

Part partFor(const ChatRequest& request, std::string_view operation, std::string_view model, uint32_t choice,
             Random& random)
{
    Part part;
    const bool chat = operation == SWY_OP_CHAT;
    bool whole = true;
    if (chat && request.thinks) whole = say(part, SWY_DELTA_THINKING, choice, thoughtsOn(request), request.maxTokens);
    if (const std::vector<ToolCall> calls = chat ? toolCallsFor(request, random) : std::vector<ToolCall>();
        whole && !calls.empty())
    {
        callTools(part, choice, calls);
        return part;
    }
    std::string text = !chat               ? continuationOf(request, random)
                       : request.wantsJson ? structured(request)
                                           : answerTo(request, model, random);
    applyStops(text, request.stops);
    whole = whole && say(part, SWY_DELTA_TEXT, choice, text, request.maxTokens);
    part.lines.push_back({SWY_DELTA_STOP, choice, 0, {}, {}, whole ? "stop" : "length"});
    return part;
}

} // namespace

Script scriptFor(const ChatRequest& request, std::string_view operation, std::string_view model, Random& random)
{
    Script script;
    for (uint32_t choice = 0; choice < request.choices; ++choice)
    {
        Part part = partFor(request, operation, model, choice, random);
        script.tokens += part.tokens;
        script.thinkingTokens += part.thinkingTokens;
        if (script.beats.size() < part.lines.size()) script.beats.resize(part.lines.size());
        for (size_t i = 0; i < part.lines.size(); ++i)
            script.beats[i].push_back(std::move(part.lines[i]));
    }
    return script;
}

} // namespace switchyard::demo
