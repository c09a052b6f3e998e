// The route table: which handler answers which path, and who may call it.
#pragma once

#include "management/api.h"
#include "management/call.h"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace switchyard::telemetry
{
class Logger;
}

namespace switchyard::management
{

/// Who may call a route (admin-api.md, legend).
enum class Protection
{
    none,
    user,
    admin,
    root
};

/// Which bucket a call is counted in besides the one for all calls (admin-api.md 1.8).
enum class Allowance
{
    usual,
    critical ///< guessing a password or a code: login, registration, mail, OAuth
};

using Handler = std::function<Response(const Call&)>;

/// Who may come in, and how often: what the router asks before it calls a handler. Both may be called from any thread.
class Doorkeeper
{
public:
    virtual ~Doorkeeper() = default;
    /// Nothing, or in how many seconds the sender may try again.
    virtual std::optional<int64_t> tooMany(const Request& request, Allowance allowance) = 0;
    /// Who calls; `refusal` is the answer when the request does not meet the protection.
    struct Admission
    {
        Caller caller;
        std::optional<Response> refusal;
    };
    virtual Admission admit(const Request& request, Protection protection) = 0;
};

/// Handlers by method and path. Filled at start, read-only afterwards: handle() may be called from any pool thread.
/// A path with and without its final slash is the same route; a wrong method is not found (relay.md 1). A piece of a
/// path in braces takes anything: `/api/user/{id}`; where a literal piece fits too, the literal one wins.
class Router
{
public:
    /// Without a doorkeeper only routes with Protection::none answer. Both outlive the router.
    explicit Router(Doorkeeper* doorkeeper = nullptr, telemetry::Logger* log = nullptr)
        : doorkeeper_(doorkeeper), log_(log)
    {
    }

    void add(std::string method, std::string_view path, Protection protection, Handler handler,
             Allowance allowance = Allowance::usual);

    bool knows(std::string_view method, std::string_view path) const;
    /// The handler's answer, compressed where the client takes that. The order of refusals: 404 without a route, 429
    /// (empty) for too many calls, the doorkeeper's, the handler's Refusal; anything else that it throws is a 500 in the
    /// envelope, and the log says why.
    Response handle(const Request& request) const;

private:
    struct Route
    {
        std::string method;
        std::vector<std::string> pieces;
        Protection protection = Protection::none;
        Allowance allowance = Allowance::usual;
        Handler handler;
    };

    const Route* find(std::string_view method, std::string_view path, Call::Parameters* parameters) const;
    Response answer(const Request& request) const;

    Doorkeeper* doorkeeper_;
    telemetry::Logger* log_;
    std::vector<Route> routes_;
};

} // namespace switchyard::management
