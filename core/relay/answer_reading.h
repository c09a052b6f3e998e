// What an OpenAI-shaped answer or chunk says: usage, finish reason, texts, and whether it says anything at all. Reads what
// the family really sends (openai.md 6.1), not only what OpenAI does.
#pragma once

#include "relay/settlement.h"
#include "switchyard/json_view.hpp"

#include <string>
#include <string_view>

namespace switchyard::relay
{

class TextObserver;

enum class UsageReading
{
    none, ///< null, missing, or all zero: not told
    good,
    bad   ///< a count is no whole number from 0 to 1e9 (ledger.md 3)
};

/// Reads the usage object that `answer` carries (`usage`, else `x_groq.usage`) into `usage`, in the ABI's convention:
/// input includes cached, output includes reasoning.
UsageReading readUsage(const sdk::JsonView& answer, Usage& usage);
/// The same from the usage object itself.
UsageReading readUsageObject(const sdk::JsonView& object, Usage& usage);

/// Whether a chunk has content that a client would show or act on, or a finish reason: then the answer has begun.
bool isSemantic(const sdk::JsonView& chunk);

/// The last finish reason among the choices; empty: none.
std::string finishReason(const sdk::JsonView& answer);
std::string finishReasonOf(const sdk::JsonView& choices);

/// Whether it carries an error: an `error` that is an object or text and not empty.
bool hasError(const sdk::JsonView& answer);
/// Whether the value of `error` is one.
bool isError(const sdk::JsonView& error);

/// Tells the texts of all choices, of a chunk or a whole answer.
void tellTexts(const sdk::JsonView& answer, TextObserver& observer);

/// Which words a frame holds as member names with a value that is not null. Found without parsing, about 16 bytes at a
/// time: inside a JSON string a quote is escaped, so these byte sequences stand only where a name or a whole text does.
struct FrameWords
{
    bool usage = false;
    bool error = false;
    bool finish = false;

    bool any() const { return usage || error || finish; }
};
FrameWords wordsOf(std::string_view frame);

} // namespace switchyard::relay
