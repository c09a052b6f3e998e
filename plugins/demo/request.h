// What the demo model reads of a request: what was said last, what came with it, what is wished of the answer.
#pragma once

#include "switchyard/exchange.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace switchyard::demo
{

/// About how many tokens a text is: a word costs one for every four bytes begun, a CJK character one.
int64_t tokensOf(std::string_view text);

/// A tool that the client offers; views into the body.
struct OfferedTool
{
    std::string name;
    sdk::JsonView parameters; ///< a JSON Schema, or missing
};

struct ChatRequest
{
    explicit ChatRequest(const Start& start);

    std::string said;         ///< the text of the last user message, or the prompt
    std::string toolResult;   ///< the last message's text, if it is a tool's
    bool answersTool = false; ///< the last message is a tool's
    int64_t promptTokens = 0;
    size_t userTurns = 0;
    size_t images = 0, sounds = 0, files = 0; ///< attached to the last user message
    std::vector<OfferedTool> tools;
    std::string toolChoice; ///< "auto", "none", "required", or "=name" for a function's name
    bool manyTools = true;  ///< parallel_tool_calls
    sdk::JsonView schema;   ///< of response_format json_schema
    bool wantsJson = false; ///< response_format json_object or json_schema
    uint32_t choices = 1;
    int64_t maxTokens = INT64_MAX;
    std::vector<std::string> stops;
    bool thinks = false; ///< reasoning_effort asks for it

private:
    void readMessages(sdk::JsonView messages);
    void readTools(const Start& start);
    std::string readContent(sdk::JsonView content, bool attachments);
};

} // namespace switchyard::demo
