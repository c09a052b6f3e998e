// Reading what an upstream answers in place of 2xx.
#pragma once

#include "problem.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace switchyard::openai
{

struct Word;

/// What the answer means. `body` may be any vendor's error object, a JSON string, an HTML page, or cut off. `words` are
/// the provider's own, tried before those that all share. `key` never appears in the result.
Problem readFailure(int status, std::string_view body, std::span<const Word> words, std::string_view key);

/// Puts *** in the place of each `key`.
void hideKey(std::string& text, std::string_view key);

/// How long a refusal's headers ask to wait, in milliseconds: `millis` is Retry-After-Ms, which wins where it is a
/// number; `value` is Retry-After, seconds or a date (RFC 9110, 10.2.3) seen from `nowMs`. 0: not told.
int64_t retryAfter(std::string_view millis, std::string_view value, int64_t nowMs);

} // namespace switchyard::openai
