// The many shapes of an error body, read into one.
#pragma once

#include <string>
#include <string_view>

namespace switchyard::openai
{

struct ErrorBody
{
    std::string message; ///< empty: it says nothing
    std::string type;
    std::string code; ///< a number as its digits
    std::string param;
};

/// OpenAI's object; `error` as a text or a list of texts; `message`, `msg`, `err`, `error_msg`, `detail` (a text or a
/// list of validation errors), `header.message`, `response.error.message`, `errors[]`, `base_resp`; a bare JSON string;
/// plain text; the title of an HTML page.
ErrorBody readErrorBody(std::string_view body);

} // namespace switchyard::openai
