#include "net/client_pool.h"

#include "net/client_connection.h"
#include "net/connector.h"

#include <algorithm>
#include <openssl/ssl.h>

namespace switchyard::net
{

ClientPool::ClientPool(Loop& loop, Resolver& resolver, TlsClient& tls, Options options)
    : loop_(loop), resolver_(resolver), tls_(tls), options_(options)
{
}

ClientPool::ClientPool(Loop& loop, Resolver& resolver, TlsClient& tls) : ClientPool(loop, resolver, tls, Options{}) {}

ClientPool::~ClientPool() { closeIdle(); }

void ClientPool::closeIdle() noexcept
{
    std::vector<std::unique_ptr<ClientConnection>> closing;
    for (auto& [key, origin] : origins_)
        for (auto& connection : origin->idle)
            closing.push_back(std::move(connection));
    for (auto& [key, origin] : origins_)
        origin->idle.clear();
    idle_ = 0;
}

ClientPool::Origin& ClientPool::origin(const Url& url, const Url* proxy, AddressRule rule)
{
    key_.assign(url.secure() ? "s" : "p");
    key_ += rule == AddressRule::publicOnly ? '1' : '0';
    key_ += url.authority();
    if (proxy)
    {
        key_ += '\n';
        key_ += proxy->text();
        key_ += '\n';
        key_ += proxy->user();
        key_ += '\n';
        key_ += proxy->password();
    }
    if (auto known = origins_.find(key_); known != origins_.end()) return *known->second;
    auto made = std::make_unique<Origin>();
    made->key = key_;
    return *origins_.emplace(key_, std::move(made)).first->second;
}

std::unique_ptr<ClientConnection> ClientPool::takeIdle(Origin& origin) noexcept
{
    while (!origin.idle.empty())
    {
        auto connection = std::move(origin.idle.back());
        origin.idle.pop_back();
        --idle_;
        connection->work();
        if (connection->quiet()) return connection;
        ++origin.users; // the dead one must not take the origin with it
        connection.reset();
        --origin.users;
    }
    return nullptr;
}

void ClientPool::giveBack(std::unique_ptr<ClientConnection> connection)
{
    Origin& origin = connection->origin();
    if (origin.idle.size() >= options_.idlePerOrigin || !connection->quiet()) return; // closed on the way out
    connection->rest(loop_.after(options_.idleMs));
    origin.idle.push_back(std::move(connection));
    ++idle_;
}

void ClientPool::drop(ClientConnection& connection) noexcept
{
    auto& idle = connection.origin().idle;
    auto found = std::find_if(idle.begin(), idle.end(), [&](const auto& item) { return item.get() == &connection; });
    if (found == idle.end()) return;
    auto dropped = std::move(*found);
    idle.erase(found);
    --idle_;
}

// Origins that nobody uses go: client-given URLs would pile them up.
void ClientPool::leave(Origin& origin) noexcept
{
    if (origin.users == 0 && origin.idle.empty()) origins_.erase(std::string(origin.key));
}

namespace
{

Result<std::vector<IpAddress>, NetError> permitted(std::vector<IpAddress> addresses, std::string_view host,
                                                   AddressRule rule)
{
    if (rule == AddressRule::any) return addresses;
    std::erase_if(addresses, [](const IpAddress& address) { return !address.isPublic(); });
    if (addresses.empty())
        return netFailure(ErrorClass::refusedAddress, std::string(host) + ": leads to an address that is not public");
    return addresses;
}

} // namespace

Task<Result<std::unique_ptr<ClientConnection>, NetError>>
ClientPool::open(Origin& origin, const Url& url, const Url* proxy, AddressRule rule, Until until)
{
    const Use use(*this, origin);
    const std::string host(url.host());
    const bool socks = proxy && proxy->scheme().starts_with("socks5");

    // Addresses of the target, unless a proxy looks them up.
    std::vector<IpAddress> targets;
    if (!proxy || proxy->scheme() == "socks5" || rule == AddressRule::publicOnly)
    {
        auto resolving = resolver_.resolve(host, url.port(), until);
        auto resolved = co_await resolving;
        // Where a proxy will do it, a name that is unknown here may be known there.
        const bool optional =
            proxy && proxy->scheme() != "socks5" && !resolved && resolved.error().kind == ErrorClass::dns;
        if (!resolved && !optional) co_return failure(resolved.error());
        if (resolved)
        {
            auto allowed = permitted(std::move(*resolved), host, rule);
            if (!allowed) co_return failure(allowed.error());
            targets = std::move(*allowed);
        }
    }

    std::vector<IpAddress> hops = targets;
    if (proxy)
    {
        auto resolving = resolver_.resolve(std::string(proxy->host()), proxy->port(), until);
        auto resolved = co_await resolving;
        if (!resolved)
        {
            resolved.error().text = "proxy " + resolved.error().text;
            co_return failure(resolved.error());
        }
        hops = std::move(*resolved);
    }
    auto connecting = connectAny(loop_, std::move(hops), proxy ? "proxy " + std::string(proxy->host()) : host, until);
    auto connected = co_await connecting;
    if (!connected) co_return failure(connected.error());
    auto connection = std::make_unique<ClientConnection>(*this, origin, std::move(*connected));
    Stream& stream = connection->stream();

    if (proxy && proxy->secure())
    {
        auto securing =
            connectTls(stream, tls_, sessions_, std::string(proxy->host()), std::string(proxy->authority()), until);
        auto secured = co_await securing;
        if (!secured) co_return failure(secured.error());
    }
    if (socks)
    {
        const IpAddress target = proxy->scheme() == "socks5" && !targets.empty() ? targets.front() : IpAddress();
        auto tunnelling = tunnelThroughSocks(stream, *proxy, target, host, url.port(), until);
        auto tunnelled = co_await tunnelling;
        if (!tunnelled) co_return failure(tunnelled.error());
    }
    else if (proxy && url.secure())
    {
        std::string authority(url.authority());
        if (url.portIsDefault()) authority += ":" + std::to_string(url.port());
        auto tunnelling = tunnelThroughHttp(stream, *proxy, std::move(authority), until);
        auto tunnelled = co_await tunnelling;
        if (!tunnelled) co_return failure(tunnelled.error());
    }
    connection->viaProxy = proxy && !socks && !url.secure();
    if (url.secure())
    {
        auto securing = connectTls(stream, tls_, sessions_, host, std::string(url.authority()), until);
        auto secured = co_await securing;
        if (!secured) co_return failure(secured.error());
        if (SSL_session_reused(stream.tls())) ++counters_.resumed;
    }
    ++counters_.opened;
    co_return std::move(connection);
}

} // namespace switchyard::net
