// What a message may ask of the demo model to try the gateway out: an error, silence, a cut stream.
#pragma once

#include "switchyard/exchange.hpp"

#include <string_view>

namespace switchyard::demo
{

struct Wish
{
    enum class Kind
    {
        none,
        fail, ///< "please fail with 429"
        hang, ///< "please hang"
        cut   ///< "please cut the stream"
    };
    Kind kind = Kind::none;
    int status = 0; ///< of a failure
};

Wish wishIn(std::string_view said);

/// How a provider that fails with `status` would put it. Texts are static.
ErrorReport failureFor(int status);

} // namespace switchyard::demo
