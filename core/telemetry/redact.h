// The last line of defence against secrets in the log; callers do not pass them in the first place.
#pragma once

#include <string>
#include <string_view>

namespace switchyard::telemetry
{

/// Whether redact() might change it: a cheap look.
bool mayHoldSecret(std::string_view text) noexcept;

/// Replaces what looks like an API key (`sk-` and at least 16 characters) or follows `Bearer ` by `***`.
void redact(std::string& text);

} // namespace switchyard::telemetry
