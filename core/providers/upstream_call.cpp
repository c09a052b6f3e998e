#include "providers/upstream_call.h"

namespace switchyard::providers
{

UpstreamCall::UpstreamCall(net::ClientPool& pool, const net::CallOptions& options, OutgoingRequest& request,
                           size_t maxWhole)
    : request_(std::move(request)), call_(pool, options), maxWhole_(maxWhole), whole_(request_.whole())
{
}

net::Task<UpstreamCall::News> UpstreamCall::next()
{
    if (stage_ == Stage::request)
    {
        net::HttpRequest asked;
        asked.method = request_.method();
        asked.url = &request_.url();
        asked.headers = request_.headers();
        asked.body = request_.body();
        auto sending = call_.send(asked);
        auto answered = co_await sending;
        request_.release();
        if (!answered) co_return broke(std::move(answered.error()));
        stage_ = Stage::body;
        co_return News::head;
    }
    if (stage_ == Stage::end)
    {
        stage_ = Stage::over;
        co_return News::end;
    }
    if (whole_)
    {
        auto reading = call_.readAll(maxWhole_);
        auto all = co_await reading;
        if (!all) co_return broke(std::move(all.error()));
        all_ = std::move(*all);
        bytes_ = all_;
        stage_ = Stage::end;
        co_return News::body;
    }
    auto reading = call_.read();
    auto piece = co_await reading;
    co_return took(std::move(piece));
}

UpstreamCall::News UpstreamCall::took(Result<std::string_view, net::NetError> piece)
{
    if (!piece) return broke(std::move(piece.error()));
    bytes_ = *piece;
    if (!bytes_.empty()) return News::body;
    stage_ = Stage::over;
    return News::end;
}

UpstreamCall::News UpstreamCall::broke(net::NetError error)
{
    error_ = std::move(error);
    stage_ = Stage::over;
    return News::error;
}

} // namespace switchyard::providers
