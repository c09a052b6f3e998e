#include "request.h"

#include <algorithm>

namespace switchyard::demo
{

using sdk::JsonView;

namespace
{

constexpr int64_t kTokensPerMessage = 4;
constexpr int64_t kTokensPerImage = 85;
constexpr uint32_t kMostChoices = 8;
constexpr size_t kMostTools = 128;

/// The text of a prompt: a string, or several joined. Token lists say nothing that could be read.
std::string promptText(JsonView prompt)
{
    if (prompt.isString()) return prompt.text();
    std::string all;
    for (const JsonView each : prompt.elements())
        if (each.isString()) all += (all.empty() ? "" : "\n") + each.text();
    return all;
}

} // namespace

int64_t tokensOf(std::string_view text)
{
    int64_t tokens = 0;
    size_t word = 0; // bytes of the word so far
    for (size_t i = 0; i < text.size();)
    {
        const int size = std::max(1, sdk::utf8Sequence(text.substr(i)));
        if (size >= 3 || text[i] == ' ' || text[i] == '\n')
        {
            tokens += static_cast<int64_t>((word + 3) / 4) + (size >= 3 ? 1 : 0);
            word = 0;
        }
        else
            word += static_cast<size_t>(size);
        i += static_cast<size_t>(size);
    }
    return tokens + static_cast<int64_t>((word + 3) / 4);
}

ChatRequest::ChatRequest(const Start& start)
{
    if (start.operation == SWY_OP_COMPLETIONS)
    {
        said = promptText(start.member("prompt"));
        promptTokens = tokensOf(said);
    }
    else
        readMessages(start.member("messages"));
    readTools(start);

    const JsonView format = start.member("response_format");
    wantsJson = format["type"].is("json_object") || format["type"].is("json_schema");
    schema = format["json_schema"]["schema"];
    choices = static_cast<uint32_t>(std::clamp<int64_t>(start.member("n").integer(1), 1, kMostChoices));
    for (const char* limit : {"max_completion_tokens", "max_tokens"})
        if (const int64_t most = start.member(limit).integer(0); most > 0) maxTokens = std::min(maxTokens, most);
    const JsonView stop = start.member("stop");
    if (stop.isString()) stops.push_back(stop.text());
    for (const JsonView each : stop.elements())
        stops.push_back(each.text());
    std::erase(stops, std::string());
    const JsonView effort = start.member("reasoning_effort");
    thinks = effort.isString() && !effort.is("none") && !effort.is("minimal");
}

void ChatRequest::readMessages(JsonView messages)
{
    for (const JsonView message : messages.elements())
    {
        const bool user = message["role"].is("user");
        answersTool = message["role"].is("tool");
        if (user) images = sounds = files = 0;
        const std::string text = readContent(message["content"], user);
        promptTokens += kTokensPerMessage + tokensOf(text);
        if (user)
        {
            said = text;
            ++userTurns;
        }
        if (answersTool) toolResult = text;
    }
    promptTokens += kTokensPerImage * static_cast<int64_t>(images);
}

/// The text of a message's content; counts what is attached if `attachments`.
std::string ChatRequest::readContent(JsonView content, bool attachments)
{
    if (content.isString()) return content.text();
    std::string all;
    for (const JsonView part : content.elements())
    {
        if (part["type"].is("text"))
            all += (all.empty() ? "" : "\n") + part["text"].text();
        else if (!attachments)
            continue;
        else if (part["type"].is("image_url"))
            ++images;
        else if (part["type"].is("input_audio"))
            ++sounds;
        else if (part["type"].is("file"))
            ++files;
    }
    return all;
}

void ChatRequest::readTools(const Start& start)
{
    for (const JsonView tool : start.member("tools").elements())
        if (const JsonView function = tool["function"]; function["name"].isString() && tools.size() < kMostTools)
            tools.push_back({function["name"].text(), function["parameters"]});
    const JsonView choice = start.member("tool_choice");
    toolChoice = choice.isObject()   ? "=" + choice["function"]["name"].text()
                 : choice.isString() ? choice.text()
                                     : "auto";
    manyTools = start.member("parallel_tool_calls").json() != "false";
}

} // namespace switchyard::demo
