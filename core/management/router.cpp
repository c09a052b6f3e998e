#include "management/router.h"

#include "base/text.h"
#include "management/gzip.h"
#include "telemetry/log.h"

#include <Poco/Exception.h>

namespace switchyard::management
{

namespace
{

constexpr Text kFailed{"The request failed inside the gateway. The log says why, under request id {}.",
                       "网关内部处理失败，原因见日志，请求编号 {}。"};
constexpr Text kNotLoggedIn{"Not logged in: send a login session's cookie or an access token.",
                            "未登录：请先登录，或提供系统访问令牌。"};

std::vector<std::string_view> piecesOf(std::string_view path)
{
    if (path.starts_with('/')) path.remove_prefix(1);
    if (path.ends_with('/')) path.remove_suffix(1);
    return split(path, '/');
}

bool isParameter(std::string_view piece) { return piece.starts_with('{'); }

} // namespace

void Router::add(std::string method, std::string_view path, Protection protection, Handler handler, Allowance allowance)
{
    Route route;
    route.method = std::move(method);
    for (std::string_view piece : piecesOf(path))
        route.pieces.emplace_back(piece);
    route.protection = protection;
    route.allowance = allowance;
    route.handler = std::move(handler);
    routes_.push_back(std::move(route));
}

const Router::Route* Router::find(std::string_view method, std::string_view path, Call::Parameters* parameters) const
{
    const std::vector<std::string_view> pieces = piecesOf(path);
    const auto fits = [&](const Route& route)
    {
        if (route.method != method || route.pieces.size() != pieces.size()) return false;
        for (size_t i = 0; i < pieces.size(); ++i)
            if (!isParameter(route.pieces[i]) && route.pieces[i] != pieces[i]) return false;
        return true;
    };
    // The first place where two fitting routes differ decides for the literal one.
    const auto better = [&](const Route& route, const Route& than)
    {
        for (size_t i = 0; i < pieces.size(); ++i)
            if (isParameter(route.pieces[i]) != isParameter(than.pieces[i])) return isParameter(than.pieces[i]);
        return false;
    };
    const Route* best = nullptr;
    for (const Route& route : routes_)
        if (fits(route) && (!best || better(route, *best))) best = &route;
    if (!best || !parameters) return best;
    for (size_t i = 0; i < pieces.size(); ++i)
        if (const std::string& name = best->pieces[i]; isParameter(name))
            (*parameters)[name.substr(1, name.size() - 2)] = percentDecoded(pieces[i]);
    return best;
}

bool Router::knows(std::string_view method, std::string_view path) const
{
    return find(method, path, nullptr) != nullptr;
}

Response Router::handle(const Request& request) const
{
    Response response = answer(request);
    compress(response, request.header("accept-encoding"));
    return response;
}

Response Router::answer(const Request& request) const
{
    Call::Parameters parameters;
    const Route* route = find(request.method, request.path, &parameters);
    if (!route) return refused("no such address: " + request.method + " " + request.path, 404);
    Caller caller;
    try
    {
        if (doorkeeper_)
        {
            if (const auto seconds = doorkeeper_->tooMany(request, route->allowance))
            {
                Response response;
                response.status = 429;
                response.headers.emplace_back("Retry-After", std::to_string(*seconds));
                return response;
            }
            Doorkeeper::Admission admission = doorkeeper_->admit(request, route->protection);
            if (admission.refusal) return std::move(*admission.refusal);
            caller = std::move(admission.caller);
        }
        else if (route->protection != Protection::none)
            return refused(kNotLoggedIn.in(request.language()), 401);
        return route->handler(Call(request, std::move(caller), std::move(parameters)));
    }
    catch (const Refusal& refusal)
    {
        return refused(refusal.message(request.language()), refusal.status());
    }
    catch (const std::exception& e)
    {
        const auto* poco = dynamic_cast<const Poco::Exception*>(&e);
        if (log_)
            log_->error("a management request failed", {{"request_id", request.requestId},
                                                        {"method", request.method},
                                                        {"path", request.path},
                                                        {"reason", poco ? poco->displayText() : std::string(e.what())}});
        return refused(kFailed.in(request.language(), {request.requestId}), 500);
    }
}

} // namespace switchyard::management
