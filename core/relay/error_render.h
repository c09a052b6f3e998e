// From a failure to what the client reads (relay.md 8).
#pragma once

#include "accounts/language.h"
#include "base/error.h"
#include "providers/failure.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace switchyard::relay
{

/// `{"error":{"message":"... (request id: RID)","type":...,"param":...,"code":...}}`
std::string errorBody(const ApiError& error, std::string_view requestId);
/// The same as a frame of a stream; [DONE] does not follow it.
std::string errorFrame(const ApiError& error, std::string_view requestId);

/// The Failure that an OpenAI-shaped error answer means: also shapes of its relatives (error a string; message, msg, err,
/// error_msg, detail, header.message, response.error.message) and bodies that are no JSON at all. `status` is the
/// provider's, or 0 (or 2xx) for an error inside a 200, whose cause then follows from the body alone.
providers::Failure failureFromOpenAiError(int status, std::string_view body, int64_t retryAfterMs = 0);

/// What the client is told of a failed attempt: the provider's words are kept, the channel is named; a status that fits the
/// cause where the provider gave none.
ApiError errorOf(const providers::Failure& failure, std::string_view channelName, int64_t channelId,
                 accounts::Language language);

/// The status for a cause without one.
int statusOf(providers::Cause cause) noexcept;

} // namespace switchyard::relay
