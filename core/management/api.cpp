#include "management/api.h"

#include "base/text.h"

namespace switchyard::management
{

std::string_view Request::header(std::string_view name) const
{
    for (const auto& [key, value] : headers)
        if (equalsIgnoreCase(key, name)) return value;
    return {};
}

Response succeeded(std::string_view dataJson)
{
    Response response;
    response.body = R"({"success":true,"message":"","data":)";
    response.body.append(dataJson);
    response.body += '}';
    return response;
}

Response succeeded()
{
    Response response;
    response.body = R"({"success":true,"message":""})";
    return response;
}

Response refused(std::string_view message, int status)
{
    Response response;
    response.status = status;
    response.body = R"({"success":false,"message":)" + jsonQuoted(message) + "}";
    return response;
}

} // namespace switchyard::management
