// Wall and monotonic time, and the request id made of it.
#pragma once

#include <cstdint>
#include <string>

namespace switchyard
{

/// Milliseconds since the Unix epoch; may jump. For what is displayed and stored.
int64_t unixMillis() noexcept;
/// Milliseconds of CLOCK_MONOTONIC; never jumps. For deadlines and durations.
int64_t steadyMillis() noexcept;
/// Nanoseconds of CLOCK_MONOTONIC.
int64_t steadyNanos() noexcept;

/// A request id in One API's form: local time YYYYMMDDhhmmss, nanoseconds of the second, 8 random digits (relay.md 1).
/// Cheap: the calendar part is computed once a second per thread.
std::string newRequestId();

} // namespace switchyard
