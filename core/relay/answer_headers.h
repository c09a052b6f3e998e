// Which headers of a provider's answer the client may see (relay.md 14, 19).
#pragma once

#include "providers/answer_sink.h"

#include <span>
#include <string>
#include <string_view>

namespace switchyard::relay
{

/// The head that begins a stream towards the client: relay.md 7, without the transfer's own headers.
inline constexpr std::string_view kStreamHeaders = "content-type: text/event-stream\r\n"
                                                   "cache-control: no-cache\r\n"
                                                   "x-accel-buffering: no\r\n";

/// Appends `name: value\r\n` for each header on the list: content-type (only when `withContentType`), content-language,
/// content-disposition, retry-after, retry-after-ms, openai-processing-ms, openai-version, x-ratelimit-*; and the
/// provider's x-request-id as x-upstream-request-id. Never cookies, organisation ids, CORS, hop-by-hop, or a header of a
/// gateway behind. Values with control characters are left out.
void appendAllowedHeaders(std::string& out, std::span<const providers::HeaderView> headers, bool withContentType);

} // namespace switchyard::relay
