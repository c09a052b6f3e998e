// Prompt tokens of a chat request: texts, and what the form of messages and tools adds to them (tokenizers.md 2 and 3).
#pragma once

#include "ledger/tokens/token_counter.h"

#include <cstdint>
#include <string_view>

namespace switchyard::ledger
{

/// Adds up a chat prompt as its parts are read, in any order: per message its role, its texts, its name; the tools. Counts
/// what One API leaves out, too: tool calls, tools, response formats. Not for use by two threads at once.
class PromptCounter
{
public:
    /// `vocabularies` outlives the counter. `model` is the name that is sent upstream.
    PromptCounter(Vocabularies& vocabularies, std::string_view model);

    /// Once per message.
    void message(std::string_view role);
    void name(std::string_view name);
    /// Content, a text part, a refusal, reasoning text, the name or arguments of a tool call, a schema.
    void text(std::string_view text);
    /// A part with a fixed count (imageTokens).
    void part(int64_t tokens) noexcept { tokens_ += tokens; }

    /// A function that is offered; then its properties, those of nested objects as well, each with its enum's items.
    void tool(std::string_view name, std::string_view description);
    void property(std::string_view key, std::string_view type, std::string_view description);
    void enumItem(std::string_view item);

    /// Tokens so far, with what a request has once.
    int64_t total() const noexcept;

private:
    int64_t tokensOf(std::string_view text) { return static_cast<int64_t>(countTokens(*vocabularies_, encoding_, text)); }
    int64_t tokensOfLine(std::string_view first, std::string_view second, std::string_view last);

    Vocabularies* vocabularies_;
    Encoding encoding_;
    bool oldRules_;         ///< of gpt-3.5-turbo-0301
    int64_t perFunction_;
    int64_t tokens_ = 0;
    bool tools_ = false;
    bool propertySeen_ = false; ///< in the function at hand
    bool enumSeen_ = false;     ///< in the property at hand
};

} // namespace switchyard::ledger
