#include "edge/edge.h"

#include "base/clock.h"
#include "base/text.h"
#include "edge/peer.h"
#include "edge/web.h"
#include "relay/client.h"
#include "relay/routes.h"
#include "relay/texts.h"
#include "telemetry/log.h"

namespace switchyard::edge
{

namespace
{

std::string_view joined(const net::Headers& headers, std::string_view name, std::string& room)
{
    std::string_view first;
    for (const net::Header& header : headers)
    {
        if (header.name != name) continue;
        if (first.data() == nullptr)
        {
            first = header.value;
            continue;
        }
        if (room.empty()) room.assign(first);
        (room += ',').append(header.value);
    }
    return room.empty() ? first : std::string_view(room);
}

std::string_view textFor(int status)
{
    switch (status)
    {
    case 408: return "The request did not arrive in time. Send it without long pauses.";
    case 414: return "The request line is too long: at most 8 KiB.";
    case 431: return "The request's headers are too large: at most 64 KiB in all, 8 KiB a line, 100 fields.";
    case 501: return "This transfer encoding is not supported. Use Content-Length or chunked.";
    case 505: return "Only HTTP/1.1 and HTTP/1.0 are spoken here.";
    default: return "The request is not well-formed HTTP/1.1.";
    }
}

ApiError errorOfHead(const net::NetError& error)
{
    ApiError api;
    api.status = error.status;
    api.type = "invalid_request_error";
    api.code = error.status == 408 ? "request_timeout" : "bad_http_request";
    api.message = std::string(textFor(error.status)) + " (" + error.text + ")";
    return api;
}

} // namespace

Edge::Edge(net::Loop& loop, relay::Relay& relay, const Plane& plane) : loop_(loop), relay_(relay), plane_(plane) {}

void Edge::accept(net::Accepted accepted, net::TlsServer* tls) { loop_.spawn(converse(std::move(accepted), tls)); }

net::Task<void> Edge::converse(net::Accepted accepted, net::TlsServer* tls)
{
    struct Counted
    {
        size_t& open;
        explicit Counted(size_t& count) : open(count) { ++open; }
        ~Counted() { --open; }
    } counted(open_);

    net::ServerConnection connection(loop_, accepted.descriptor, accepted.peer, plane_.limits, &drain_);
    if (tls)
    {
        auto shaking = connection.startTls(*tls);
        auto shaken = co_await shaking;
        if (!shaken)
        {
            plane_.log.debug("TLS handshake failed", {{"peer", accepted.peer.text()}, {"reason", shaken.error().text}});
            co_return;
        }
    }
    for (;;)
    {
        auto reading = connection.readHead();
        auto head = co_await reading;
        if (!head)
        {
            if (head.error().status == 0) co_return;
            relay::Client client(connection, newRequestId(), relay::Cors::none, accounts::Language::english);
            auto refusing = client.refuse(errorOfHead(head.error()));
            co_await refusing;
            connection.closeAfter();
            auto finishing = connection.finish();
            co_await finishing;
            co_return;
        }
        std::string thrown;
        try
        {
            auto answering = answer(connection);
            co_await answering;
        }
        catch (const std::exception& e) // a mistake of ours must cost one request, not the process
        {
            thrown = *e.what() ? e.what() : "unknown";
        }
        if (!thrown.empty())
        {
            plane_.log.error("a request ended with an exception", {{"what", thrown}});
            if (connection.begun()) co_return;
            relay::Client client(connection, newRequestId(), relay::Cors::none, accounts::Language::english);
            auto refusing = client.refuse(relay::internalError());
            co_await refusing;
        }
        auto finishing = connection.finish();
        const bool more = co_await finishing;
        if (!more || drain_.cancelled()) co_return;
    }
}

net::Task<void> Edge::answer(net::ServerConnection& connection)
{
    const net::RequestHead& head = connection.head();
    std::string forwardedRoom;
    const std::string_view forwarded = joined(head.headers, "x-forwarded-for", forwardedRoom);
    const accounts::IpAddress address = accounts::clientAddress(addressOf(connection.peer()), forwarded,
                                                                head.headers.find("x-real-ip"), plane_.trustedProxies);

    const bool api = head.path.starts_with("/api/") || head.path == "/api";
    if (api)
    {
        auto managing = manage(connection, newRequestId(), address.text());
        co_await managing;
        co_return;
    }

    const std::string_view origin = head.headers.find("origin");
    relay::Client client(connection, newRequestId(), relay::corsOf(origin, head.host),
                         accounts::languageOf(head.headers.find("accept-language")));
    if (head.method == "OPTIONS" && !origin.empty())
    {
        auto answering = client.answerPreflight();
        co_await answering;
        co_return;
    }
    if (relay::isRelayPath(head.path))
    {
        auto serving = relay_.serve(client, address);
        co_await serving;
        co_return;
    }
    auto elsewhere = answerElsewhere(client);
    co_await elsewhere;
}

net::Task<void> Edge::answerElsewhere(relay::Client& client)
{
    const net::RequestHead& head = client.connection().head();
    const bool reads = head.method == "GET" || head.method == "HEAD";
    if (reads && (head.path == "/" || head.path == "/index.html"))
    {
        auto responding = client.respond(200, "text/html; charset=utf-8", welcomePage());
        co_await responding;
        co_return;
    }
    auto refusing = client.refuse(relay::invalidUrl(head.method, head.path));
    co_await refusing;
}

net::Task<void> Edge::manage(net::ServerConnection& connection, std::string requestId, std::string clientIp)
{
    management::Request request;
    const net::RequestHead& head = connection.head();
    request.method = head.method;
    request.path = head.path;
    request.query = head.query;
    request.clientIp = std::move(clientIp);
    request.requestId = std::move(requestId);
    // A proxy before us ends TLS; whoever makes this header up only marks his own cookie.
    request.secure = connection.secure() || equalsIgnoreCase(head.headers.find("x-forwarded-proto"), "https");
    for (const net::Header& header : head.headers)
        request.headers.emplace_back(header.name, header.value);

    relay::Client client(connection, request.requestId, relay::Cors::none, accounts::Language::english);
    if (!plane_.router.knows(request.method, request.path))
    {
        auto refusing = client.refuse(relay::invalidUrl(head.method, head.path));
        co_await refusing;
        co_return;
    }
    auto fetching = connection.readBody(plane_.managementBody);
    auto body = co_await fetching;
    if (!body)
    {
        if (body.error().status == 0) co_return;
        auto refusing = client.refuse(relay::bodyError(body.error(), plane_.managementBody));
        co_await refusing;
        co_return;
    }
    request.body = std::string(body->view());

    // The request travels to the pool as a value and its answer comes back as one: no thread of either plane waits.
    auto handling = net::runOn(plane_.pool, [&router = plane_.router, request = std::move(request)] { return router.handle(request); });
    const management::Response response = co_await handling;

    std::vector<net::Header> headers{{"Content-Type", response.contentType}};
    for (const auto& [name, value] : response.headers)
        headers.push_back({name, value});
    client.begin(response.status, headers, net::Framing::length, static_cast<int64_t>(response.body.size()));
    const std::array<std::string_view, 1> pieces{response.body};
    auto sending = connection.send(pieces, net::ServerConnection::More::no);
    co_await sending;
}

} // namespace switchyard::edge
