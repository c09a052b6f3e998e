#include "app/gateway_upstreams.h"

#include "app/gateway.h"
#include "net/client_pool.h"
#include "net/http_call.h"
#include "net/loop.h"

#include <optional>

namespace switchyard::app
{

namespace
{

using management::Fetch;
using management::Fetched;
using Outcome = Result<Fetched, std::string>;

// A page waits for it, and a thread of the pool is lent to it.
constexpr std::chrono::milliseconds kLongestTrial{30'000};
constexpr int64_t kLongestFetchMs = 15'000;
constexpr size_t kMostBytes = 1024 * 1024;

// What it refers to outlives it: the caller keeps it until the loop has let go of the task.
net::Task<void> get(net::ClientPool& pool, const net::CallOptions& options, const net::HttpRequest& request,
                    std::optional<Outcome>& outcome)
{
    net::HttpCall call(pool, options);
    auto sending = call.send(request);
    auto head = co_await sending;
    if (!head)
    {
        outcome.emplace(failure(head.error().text));
        co_return;
    }
    Fetched fetched;
    fetched.status = (*head)->status;
    auto reading = call.readAll(kMostBytes);
    auto body = co_await reading;
    if (!body)
    {
        outcome.emplace(failure(body.error().text));
        co_return;
    }
    fetched.body = std::move(*body);
    outcome.emplace(std::move(fetched));
}

} // namespace

void GatewayUpstreams::take(providers::ProviderSetPtr providers)
{
    const std::lock_guard lock(mutex_);
    providers_ = std::move(providers);
}

providers::ProviderSetPtr GatewayUpstreams::providers() const
{
    const std::lock_guard lock(mutex_);
    return providers_;
}

management::ChannelTrial GatewayUpstreams::tryChannel(const store::Channel& channel, const std::string& model)
{
    const providers::ProviderSetPtr inService = providers();
    return app::tryChannel(ground_, *inService, channel, model, kLongestTrial);
}

Outcome GatewayUpstreams::fetch(const Fetch& wanted)
{
    const auto url = net::Url::parse(wanted.url);
    if (!url) return failure(url.error());
    net::CallOptions options;
    std::optional<net::Url> own;
    if (!wanted.proxy.empty())
    {
        auto proxy = net::Url::parseProxy(wanted.proxy);
        if (!proxy) return failure(proxy.error());
        own.emplace(std::move(*proxy));
        options.proxy = &*own;
    }
    else
        options.proxy = ground_.settings.proxies.proxyFor(*url);
    std::vector<net::Header> headers;
    for (const auto& [name, value] : wanted.headers)
        headers.push_back({name, value});
    net::HttpRequest request;
    request.method = "GET";
    request.url = &*url;
    request.headers = headers;

    std::optional<Outcome> outcome;
    net::Loop loop;
    net::ClientPool pool(loop, ground_.resolver, ground_.tls);
    options.totalBy = loop.after(kLongestFetchMs);
    loop.spawn(get(pool, options, request, outcome));
    const bool ended = loop.runUntil([&] { return outcome.has_value(); }, 2 * kLongestFetchMs);
    loop.cancelTasks(); // before the pool that they use
    if (!ended) return failure(std::string("no answer within 15 seconds"));
    return std::move(*outcome);
}

} // namespace switchyard::app
