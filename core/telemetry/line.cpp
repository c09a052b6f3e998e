#include "telemetry/line.h"

namespace switchyard::telemetry
{

std::string formatLine(LineForm form, Level level, int64_t unixMillis, std::string_view message,
                       std::initializer_list<Field> fields)
{
    std::string room;
    LineWriter line(room, form, level, unixMillis, message);
    for (const Field& field : fields)
        field.writeTo(line);
    return std::string(line.finish());
}

} // namespace switchyard::telemetry
