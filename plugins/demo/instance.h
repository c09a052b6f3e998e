// A value that satisfies a JSON Schema: for structured answers and for the arguments of tools.
#pragma once

#include "switchyard/json_view.hpp"

#include <string>
#include <string_view>

namespace switchyard::demo
{

/// Words of the message from which values may be taken.
struct Hints
{
    std::string said;   ///< as it was written
    std::string quoted; ///< what stands in quotation marks, or behind "in" or "for"; may be empty
    std::string number; ///< the first number; may be empty
};

Hints hintsIn(std::string_view said);

/// JSON text of a small instance of `schema`: required members (all, where none is required), the first of
/// alternatives, the shortest lists. Follows references within the schema; patterns are not read. What no instance can
/// be made of becomes null.
std::string instanceOf(sdk::JsonView schema, const Hints& hints);

} // namespace switchyard::demo
