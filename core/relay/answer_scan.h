// The parts of a whole answer in OpenAI's dialect that the gateway reads, found in one walk over its top level.
#pragma once

#include "switchyard/json_view.hpp"

#include <optional>
#include <string_view>

namespace switchyard::relay
{

/// Values of the top-level members; missing where the answer has none. Of repeated members the last counts.
struct AnswerParts
{
    sdk::JsonView id;
    sdk::JsonView model;
    sdk::JsonView choices;
    sdk::JsonView usage;
    sdk::JsonView error;
    sdk::JsonView groq; ///< `x_groq`
};

/// An answer is somebody else's word, which goes on as it came: whether it is whole is looked at (UTF-8, one value and
/// nothing behind it, containers and strings closed, the top level well-formed), not the grammar of each value inside.
/// Nothing: it is not whole.
std::optional<AnswerParts> scanAnswer(std::string_view body);

} // namespace switchyard::relay
