// The gateway's own "no": an ApiError of type `one_api_error` (relay.md 3 and 4).
#pragma once

#include "base/error.h"
#include "base/result.h"

#include <string>
#include <string_view>

namespace switchyard::accounts
{

Failure<ApiError> refusal(int status, std::string_view code, std::string message);

} // namespace switchyard::accounts
