// What the demo model has to say.
#pragma once

#include "request.h"
#include "text.h"

#include <string>
#include <string_view>

namespace switchyard::demo
{

/// An answer in plain text: a word about the question, something true about Switchyard that fits it, what to try next.
/// In Chinese to a question in Chinese.
std::string answerTo(const ChatRequest& request, std::string_view model, Random& random);

/// What a model that shows its thinking would think.
std::string thoughtsOn(const ChatRequest& request);

/// A continuation of a prompt for the older completions operation.
std::string continuationOf(const ChatRequest& request, Random& random);

} // namespace switchyard::demo
