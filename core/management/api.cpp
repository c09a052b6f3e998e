#include "management/api.h"

#include "base/text.h"

#include <exception>

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

Response refused(std::string_view message, int status)
{
    Response response;
    response.status = status;
    response.body = R"({"success":false,"message":)" + jsonQuoted(message) + "}";
    return response;
}

namespace
{

std::string_view withoutFinalSlash(std::string_view path)
{
    if (path.size() > 1 && path.back() == '/') path.remove_suffix(1);
    return path;
}

} // namespace

void Router::add(std::string method, std::string path, Handler handler)
{
    routes_[{std::move(method), std::string(withoutFinalSlash(path))}] = std::move(handler);
}

const Handler* Router::find(std::string_view method, std::string_view path) const
{
    const std::pair<std::string, std::string> key{method, withoutFinalSlash(path)};
    const auto route = routes_.find(key);
    return route == routes_.end() ? nullptr : &route->second;
}

bool Router::knows(std::string_view method, std::string_view path) const { return find(method, path) != nullptr; }

Response Router::handle(const Request& request) const
{
    const Handler* handler = find(request.method, request.path);
    if (!handler) return refused("no such address: " + request.method + " " + request.path, 404);
    try
    {
        return (*handler)(request);
    }
    catch (const std::exception& e)
    {
        return refused(std::string("the request failed: ") + e.what(), 500);
    }
}

} // namespace switchyard::management
