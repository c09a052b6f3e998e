// An upstream's refusal, apart from the exchange that reports it.
#pragma once

#include "switchyard/exchange.hpp"

#include <cstdint>
#include <string>

namespace switchyard::openai
{

struct Problem
{
    Cause cause = Cause::upstreamBroken;
    Scope scope = Scope::channel;
    int httpStatus = 0; ///< 0: the host picks one that fits the cause
    int64_t retryAfterMs = 0;
    std::string type;
    std::string code;
    std::string message;
    std::string param;
};

} // namespace switchyard::openai
