// How many tokens a request's prompt has, counted here: for the hold, and for the charge when the provider does not say
// (ledger.md 2 and 4, tokenizers.md 2 to 4).
#pragma once

#include "ledger/tokens/prompt_counter.h"
#include "relay/body_scan.h"

#include <cstdint>
#include <string_view>

namespace switchyard::relay
{

/// Counts messages, tools, schemas and pictures of a chat, the prompts of a completion, the inputs of embeddings and
/// moderations (texts and lists of tokens). Pictures count by their size where they are in the request; by address as the
/// largest, since nobody has fetched them. Walks the
/// bytes once, without a tree. Takes some 40 us per KiB of text: on a worker beyond some 32 KiB. [any thread]
int64_t countPrompt(ledger::Vocabularies& vocabularies, std::string_view operation, std::string_view model, const BodyIndex& body);

/// A number that countPrompt cannot exceed and that costs next to nothing; negative where only counting tells (pictures).
int64_t promptAtMost(const BodyIndex& body);

} // namespace switchyard::relay
