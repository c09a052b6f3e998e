#include "relay/routes.h"

#include "switchyard/provider.h"

#include <vector>

namespace switchyard::relay
{

namespace
{

struct Entry
{
    const char* methods; ///< blank-separated; "*" for any
    const char* pattern; ///< ':' stands for one segment, a final '*' for whatever follows
    RouteKind kind;
    const char* operation;
};

constexpr Entry kRoutes[] = {
    {"POST", "/v1/chat/completions", RouteKind::operation, SWY_OP_CHAT},
    {"POST", "/v1/completions", RouteKind::operation, SWY_OP_COMPLETIONS},
    {"POST", "/v1/embeddings", RouteKind::operation, SWY_OP_EMBEDDINGS},
    {"POST", "/v1/engines/:/embeddings", RouteKind::operation, SWY_OP_EMBEDDINGS},
    {"POST", "/v1/moderations", RouteKind::operation, SWY_OP_MODERATIONS},
    {"GET", "/v1/models", RouteKind::listModels, nullptr},
    {"GET", "/v1/models/*", RouteKind::retrieveModel, nullptr},

    {"POST", "/v1/images/generations", RouteKind::notImplemented, nullptr},
    {"POST", "/v1/images/edits", RouteKind::notImplemented, nullptr},
    {"POST", "/v1/images/variations", RouteKind::notImplemented, nullptr},
    {"POST", "/v1/audio/speech", RouteKind::notImplemented, nullptr},
    {"POST", "/v1/audio/transcriptions", RouteKind::notImplemented, nullptr},
    {"POST", "/v1/audio/translations", RouteKind::notImplemented, nullptr},
    {"POST", "/v1/edits", RouteKind::notImplemented, nullptr},
    {"*", "/v1/oneapi/proxy/*", RouteKind::notImplemented, nullptr},
    {"GET", "/dashboard/billing/subscription", RouteKind::notImplemented, nullptr},
    {"GET", "/dashboard/billing/usage", RouteKind::notImplemented, nullptr},
    {"GET", "/v1/dashboard/billing/subscription", RouteKind::notImplemented, nullptr},
    {"GET", "/v1/dashboard/billing/usage", RouteKind::notImplemented, nullptr},
    {"GET POST", "/v1/files", RouteKind::notImplemented, nullptr},
    {"GET DELETE", "/v1/files/:", RouteKind::notImplemented, nullptr},
    {"GET", "/v1/files/:/content", RouteKind::notImplemented, nullptr},
    {"GET POST", "/v1/fine_tuning/jobs", RouteKind::notImplemented, nullptr},
    {"GET", "/v1/fine_tuning/jobs/:", RouteKind::notImplemented, nullptr},
    {"POST", "/v1/fine_tuning/jobs/:/cancel", RouteKind::notImplemented, nullptr},
    {"GET", "/v1/fine_tuning/jobs/:/events", RouteKind::notImplemented, nullptr},
    {"DELETE", "/v1/models/:", RouteKind::notImplemented, nullptr},
    {"GET POST", "/v1/assistants", RouteKind::notImplemented, nullptr},
    {"GET POST DELETE", "/v1/assistants/:", RouteKind::notImplemented, nullptr},
    {"GET POST", "/v1/assistants/:/files", RouteKind::notImplemented, nullptr},
    {"GET DELETE", "/v1/assistants/:/files/:", RouteKind::notImplemented, nullptr},
    {"POST", "/v1/threads", RouteKind::notImplemented, nullptr},
    {"GET POST DELETE", "/v1/threads/:", RouteKind::notImplemented, nullptr},
    {"GET POST", "/v1/threads/:/messages", RouteKind::notImplemented, nullptr},
    {"GET POST", "/v1/threads/:/messages/:", RouteKind::notImplemented, nullptr},
    {"GET", "/v1/threads/:/messages/:/files", RouteKind::notImplemented, nullptr},
    {"GET", "/v1/threads/:/messages/:/files/:", RouteKind::notImplemented, nullptr},
    {"GET POST", "/v1/threads/:/runs", RouteKind::notImplemented, nullptr},
    {"GET POST", "/v1/threads/:/runs/:", RouteKind::notImplemented, nullptr},
    {"POST", "/v1/threads/:/runs/:/submit_tool_outputs", RouteKind::notImplemented, nullptr},
    {"POST", "/v1/threads/:/runs/:/cancel", RouteKind::notImplemented, nullptr},
    {"GET", "/v1/threads/:/runs/:/steps", RouteKind::notImplemented, nullptr},
    {"GET", "/v1/threads/:/runs/:/steps/:", RouteKind::notImplemented, nullptr},
};

bool allows(std::string_view methods, std::string_view method)
{
    if (methods == "*") return true;
    while (!methods.empty())
    {
        const size_t blank = methods.find(' ');
        if (methods.substr(0, blank) == method) return true;
        if (blank == std::string_view::npos) break;
        methods.remove_prefix(blank + 1);
    }
    return false;
}

// Whether `path` fits `pattern`; `parameter` becomes what stood for its last ':' or '*'.
bool fits(std::string_view pattern, std::string_view path, std::string_view& parameter)
{
    while (!pattern.empty())
    {
        if (pattern == "*")
        {
            parameter = path;
            return !path.empty();
        }
        if (pattern.front() == ':')
        {
            parameter = path.substr(0, path.find('/'));
            if (parameter.empty()) return false;
            path.remove_prefix(parameter.size());
        }
        else
        {
            if (path.empty() || path.front() != pattern.front()) return false;
            path.remove_prefix(1);
        }
        pattern.remove_prefix(1);
    }
    return path.empty();
}

const Entry* match(std::string_view method, std::string_view path, std::string_view& parameter)
{
    for (const Entry& entry : kRoutes)
        if (fits(entry.pattern, path, parameter) && allows(entry.methods, method)) return &entry;
    return nullptr;
}

} // namespace

Route findRoute(std::string_view method, std::string_view path)
{
    Route route;
    if (const Entry* entry = match(method, path, route.parameter))
    {
        // A path that ends in a slash is the other form of the route without it, not a model with that name.
        if (entry->kind != RouteKind::retrieveModel || path.back() != '/')
        {
            route.kind = entry->kind;
            route.operation = entry->operation;
            return route;
        }
    }
    if (path.size() > 1 && path.back() == '/')
    {
        std::string_view parameter;
        const std::string_view shorter = path.substr(0, path.size() - 1);
        if (match(method, shorter, parameter))
        {
            route.kind = RouteKind::redirect;
            route.location = shorter;
        }
    }
    return route;
}

bool isRelayPath(std::string_view path)
{
    return path.starts_with("/v1/") || path == "/v1" || path.starts_with("/dashboard/billing/");
}

} // namespace switchyard::relay
