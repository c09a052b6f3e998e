// How a line of the log looks.
#pragma once

#include "telemetry/log.h"

#include <initializer_list>
#include <string>
#include <string_view>

namespace switchyard::telemetry
{

std::string_view nameOf(Level level) noexcept;

/// One line without its end. text: `2026-11-25T04:30:00.123Z INFO message name=value name="a b"`; json: an object with
/// `time`, `level`, `message` and the fields. Control characters are escaped, so a line is always one line.
std::string formatLine(LineForm form, Level level, int64_t unixMillis, std::string_view message,
                       std::initializer_list<Field> fields);

} // namespace switchyard::telemetry
