#include "accounts/refusal.h"

namespace switchyard::accounts
{

Failure<ApiError> refusal(int status, std::string_view code, std::string message)
{
    ApiError error;
    error.status = status;
    error.type = "one_api_error";
    error.code = code;
    error.message = std::move(message);
    return failure(std::move(error));
}

} // namespace switchyard::accounts
