// The management plane's form: plain blocking functions from a request to a response, found in a route table.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace switchyard::management
{

/// A request of the management plane, whole, as a value: it travels from a data-plane thread to the pool.
struct Request
{
    std::string method;
    std::string path; ///< without query, percent-encoding kept
    std::string query; ///< without the question mark
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    std::string clientIp;
    std::string requestId;

    /// First header of that name, any case; empty when absent.
    std::string_view header(std::string_view name) const;
};

struct Response
{
    int status = 200;
    std::string contentType = "application/json; charset=utf-8";
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
};

using Handler = std::function<Response(const Request&)>;

/// One API's envelope: {"success":true,"message":"","data":DATA}.
Response succeeded(std::string_view dataJson);
/// {"success":false,"message":MESSAGE}, HTTP 200 as One API does unless `status` says otherwise.
Response refused(std::string_view message, int status = 200);

/// Handlers by method and path. Filled at start, read-only afterwards: handle() may be called from any pool thread.
/// A path with and without its final slash is the same route; a wrong method is not found (relay.md 1).
class Router
{
public:
    void add(std::string method, std::string path, Handler handler);

    bool knows(std::string_view method, std::string_view path) const;
    /// The handler's answer; 500 with the envelope if it throws; 404 if there is none.
    Response handle(const Request& request) const;

private:
    const Handler* find(std::string_view method, std::string_view path) const;

    std::map<std::pair<std::string, std::string>, Handler, std::less<>> routes_;
};

} // namespace switchyard::management
