// Where the bytes of an answer are cut.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace switchyard::replay
{

enum class Effort
{
    quick,   ///< a sample: the start, around some frame borders, some at random
    bounded, ///< every position in the first 4 KiB and around every frame border, 200 random ones beyond: for
             ///< sanitizers
    all      ///< every position
};

/// Lists of cuts, each for one run: single ones, and several at once (among them byte by byte where the answer is
/// small). The same for the same body.
std::vector<std::vector<size_t>> cutsOf(const std::string& body, Effort effort);

} // namespace switchyard::replay
