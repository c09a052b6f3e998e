// Which address of the relay means what (relay.md 2).
#pragma once

#include <string>
#include <string_view>

namespace switchyard::relay
{

enum class RouteKind
{
    unknown,        ///< no such address: 404 "Invalid URL"
    redirect,       ///< the other trailing-slash form exists: 301 or 307 to Route::location
    notImplemented, ///< 501 right after the token check
    listModels,
    retrieveModel,  ///< Route::parameter is the model's name
    operation       ///< Route::operation goes to a provider
};

struct Route
{
    RouteKind kind = RouteKind::unknown;
    const char* operation = nullptr; ///< SWY_OP_...
    std::string_view parameter;      ///< the model in the path, if the route has one; a part of the given path
    std::string location;            ///< of a redirect, without query
};

/// `path` is without query. Pure.
Route findRoute(std::string_view method, std::string_view path);

/// Whether the relay (and not the management plane or the web files) answers this path.
bool isRelayPath(std::string_view path);

} // namespace switchyard::relay
