// Readers for what vendors of the family say in their own way: usage that the host would misread, and errors inside a
// 200. They see only the frames that hold their needle (see Convention in family.h).
#pragma once

#include "problem.h"

#include <optional>
#include <string_view>

namespace switchyard::openai
{

/// What a reader found in a frame.
struct TapReport
{
    std::optional<Usage> usage;     ///< the totals so far
    std::optional<Problem> problem; ///< the frame is an error
};

/// xAI: completion_tokens without the reasoning, which only the total includes.
void readUsageWithoutReasoning(std::string_view data, TapReport& report);
/// xAI: {"code": "text", "error": "text"} in place of an answer.
void readErrorText(std::string_view data, TapReport& report);
/// Groq: x_groq.usage in the last chunk, also where nobody asked for usage.
void readUsageOfGroq(std::string_view data, TapReport& report);
/// DeepSeek: prompt_cache_hit_tokens beside the usual members.
void readUsageWithCacheHits(std::string_view data, TapReport& report);
/// Mistral: num_cached_tokens, or prompt_token_details.
void readUsageOfMistral(std::string_view data, TapReport& report);
/// Moonshot's older models: usage inside choices[0] of the last chunk.
void readUsageInChoice(std::string_view data, TapReport& report);
/// Doubao's bots: bot_usage.model_usage[0] where there is no usage.
void readUsageOfBot(std::string_view data, TapReport& report);
/// MiniMax: base_resp.status_code is not 0.
void readErrorInBaseResp(std::string_view data, TapReport& report);
/// iFlytek Spark V2: top-level code is not 0.
void readErrorInCode(std::string_view data, TapReport& report);

} // namespace switchyard::openai
