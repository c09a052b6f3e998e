// An answer laid out in advance: what is said in each beat.
#pragma once

#include "request.h"
#include "text.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace switchyard::demo
{

/// One delta of the answer.
struct Line
{
    uint32_t kind; ///< SWY_DELTA_...
    uint32_t choice;
    uint32_t block;
    std::string text; ///< or the arguments, or the reason of a stop
    std::string id;
    std::string name;
};

struct Script
{
    std::vector<std::vector<Line>> beats; ///< spoken one beat after the other, at the model's pace
    int64_t tokens = 0;                   ///< of the whole answer
    int64_t thinkingTokens = 0;           ///< of these
};

Script scriptFor(const ChatRequest& request, std::string_view operation, std::string_view model, Random& random);

} // namespace switchyard::demo
