// What goes wrong on the way to an upstream, and ways through proxies.
#include "support.h"

#include "net/connector.h"

#include "base/clock.h"

using namespace net_test;

namespace
{

// Accepts, reads the request, and says `text`; then holds the connection or closes it.
ScriptedServer::Script says(std::string text, bool close)
{
    return [text, close](ScriptedServer& server, std::unique_ptr<Stream> stream) -> Task<void>
    {
        return [](ScriptedServer& s, std::unique_ptr<Stream> connection, std::string words, bool closes) -> Task<void>
        {
            std::string request;
            auto reading = readRequest(*connection, request);
            if (!co_await reading) co_return;
            s.requests.push_back(request);
            auto sending = sendText(*connection, words);
            co_await sending;
            if (closes) co_return;
            auto draining = drain(*connection);
            co_await draining;
        }(server, std::move(stream), text, close);
    };
}

// A port of 127.0.0.1 that nobody listens on.
uint16_t deadPort()
{
    const int made = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_storage raw;
    socklen_t length = IpAddress::parse("127.0.0.1", 0)->toSockaddr(raw);
    CPPUNIT_ASSERT_EQUAL(0, ::bind(made, reinterpret_cast<sockaddr*>(&raw), length));
    ::getsockname(made, reinterpret_cast<sockaddr*>(&raw), &length);
    ::close(made);
    return IpAddress::from(reinterpret_cast<sockaddr*>(&raw)).port;
}

Url deadUrl() { return Url::parse("http://127.0.0.1:" + std::to_string(deadPort()) + "/").value(); }

// A listening socket whose queue is full: connections to it hang, as to a host that drops packets.
struct BlackHole
{
    BlackHole() : listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))
    {
        sockaddr_storage raw;
        socklen_t length = IpAddress::parse("127.0.0.1", 0)->toSockaddr(raw);
        ::bind(listener, reinterpret_cast<sockaddr*>(&raw), length);
        ::listen(listener, 0);
        ::getsockname(listener, reinterpret_cast<sockaddr*>(&raw), &length);
        port = IpAddress::from(reinterpret_cast<sockaddr*>(&raw)).port;
        for (int i = 0; i < 3; ++i)
        {
            fillers.push_back(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
            if (::connect(fillers.back(), reinterpret_cast<sockaddr*>(&raw), length) != 0)
                CPPUNIT_ASSERT_EQUAL(EINPROGRESS, errno);
        }
    }
    ~BlackHole()
    {
        for (int filler : fillers)
            ::close(filler);
        ::close(listener);
    }
    int listener;
    uint16_t port = 0;
    std::vector<int> fillers;
};

// Joins two connections until one of them ends.
Task<void> copyOneWay(Stream& from, Stream& to, Signal& over)
{
    char buffer[16384];
    for (;;)
    {
        auto reading = from.read(buffer, sizeof(buffer), {});
        const IoResult got = co_await reading;
        if (!got.ok()) break;
        iovec piece{buffer, got.bytes};
        auto writing = to.write({&piece, 1}, {}, 10'000);
        const IoResult sent = co_await writing;
        if (!sent.ok()) break;
    }
    over.notify();
}

Task<void> join(Loop& loop, Stream& client, uint16_t port)
{
    auto connecting = connectAny(loop, {*IpAddress::parse("127.0.0.1", port)}, "upstream", {});
    auto upstream = co_await connecting;
    if (!upstream) co_return;
    Signal over;
    TaskSet ways;
    ways.start(copyOneWay(client, **upstream, over));
    ways.start(copyOneWay(**upstream, client, over));
    auto waiting = over.wait({});
    co_await waiting;
}

// A CONNECT proxy; `user` as `Basic ...` is wanted if not empty.
ScriptedServer::Script connectProxy(std::string credentials)
{
    return [credentials](ScriptedServer& server, std::unique_ptr<Stream> stream) -> Task<void>
    {
        return [](ScriptedServer& s, std::unique_ptr<Stream> client, std::string wanted) -> Task<void>
        {
            std::string request;
            auto reading = readRequest(*client, request);
            if (!co_await reading) co_return;
            s.requests.push_back(request);
            const bool allowed =
                wanted.empty() || request.find("Proxy-Authorization: " + wanted + "\r\n") != std::string::npos;
            if (!request.starts_with("CONNECT ") || !allowed)
            {
                auto refusing = sendText(*client, request.starts_with("CONNECT ")
                                                      ? "HTTP/1.1 407 Auth\r\nContent-Length: 0\r\n\r\n"
                                                      : "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nproxy");
                co_await refusing;
                auto draining = drain(*client);
                co_await draining;
                co_return;
            }
            const auto port = static_cast<uint16_t>(std::stoul(request.substr(request.find(':') + 1)));
            auto agreeing = sendText(*client, "HTTP/1.1 200 Connection established\r\nX: y\r\n\r\n");
            co_await agreeing;
            auto joining = join(client->loop(), *client, port);
            co_await joining;
        }(server, std::move(stream), credentials);
    };
}

Task<bool> readExactly(Stream& stream, std::string& into, size_t count)
{
    into.resize(count);
    size_t have = 0;
    while (have < count)
    {
        auto reading = stream.read(into.data() + have, count - have, {});
        const IoResult got = co_await reading;
        if (!got.ok()) co_return false;
        have += got.bytes;
    }
    co_return true;
}

// A SOCKS5 proxy that knows one user; each request is recorded as `type:host:port`.
ScriptedServer::Script socksProxy(bool login, char answer)
{
    return [login, answer](ScriptedServer& server, std::unique_ptr<Stream> stream) -> Task<void>
    {
        return [](ScriptedServer& s, std::unique_ptr<Stream> client, bool wantsLogin, char code) -> Task<void>
        {
            std::string bytes;
            auto greeting = readExactly(*client, bytes, 2);
            if (!co_await greeting) co_return;
            auto methods = readExactly(*client, bytes, static_cast<unsigned char>(bytes[1]));
            if (!co_await methods) co_return;
            const char chosen = wantsLogin ? (bytes.find('\x02') != std::string::npos ? '\x02' : '\xFF') : '\x00';
            auto choosing = sendText(*client, std::string("\x05") + chosen);
            co_await choosing;
            if (wantsLogin)
            {
                auto start = readExactly(*client, bytes, 2);
                if (!co_await start) co_return;
                auto name = readExactly(*client, bytes, static_cast<unsigned char>(bytes[1]));
                if (!co_await name) co_return;
                const std::string user = bytes;
                auto size = readExactly(*client, bytes, 1);
                if (!co_await size) co_return;
                auto word = readExactly(*client, bytes, static_cast<unsigned char>(bytes[0]));
                if (!co_await word) co_return;
                auto judging =
                    sendText(*client, std::string("\x01") + (user == "joe" && bytes == "pw:1" ? '\0' : '\1'));
                co_await judging;
            }
            auto request = readExactly(*client, bytes, 4);
            if (!co_await request) co_return;
            std::string host;
            const char type = bytes[3];
            size_t length = type == 1 ? 4 : 16;
            if (type == 3)
            {
                auto size = readExactly(*client, bytes, 1);
                if (!co_await size) co_return;
                length = static_cast<unsigned char>(bytes[0]);
            }
            auto address = readExactly(*client, host, length);
            if (!co_await address) co_return;
            auto port = readExactly(*client, bytes, 2);
            if (!co_await port) co_return;
            const auto number = static_cast<uint16_t>(static_cast<unsigned char>(bytes[0]) * 256 +
                                                      static_cast<unsigned char>(bytes[1]));
            s.requests.push_back(std::to_string(type) + ":" + (type == 3 ? host : "address"));
            std::string verdict("\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x50", 10);
            verdict[1] = code;
            auto answering = sendText(*client, verdict);
            co_await answering;
            if (code != 0) co_return;
            auto joining = join(client->loop(), *client, number);
            co_await joining;
        }(server, std::move(stream), login, answer);
    };
}

CallOptions through(const Url& proxy)
{
    CallOptions options;
    options.proxy = &proxy;
    return options;
}

} // namespace

class TroubleTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(TroubleTest);
    CPPUNIT_TEST(refusedConnectionsNameHostAndCause);
    CPPUNIT_TEST(unknownNamesAreDnsErrors);
    CPPUNIT_TEST(eachDeadlineSaysWhichItWas);
    CPPUNIT_TEST(callersDeadlinesLeaveTheCallUsable);
    CPPUNIT_TEST(cancellationEndsEachPhase);
    CPPUNIT_TEST(garbageIsAProtocolError);
    CPPUNIT_TEST(cutOffAnswersAreErrors);
    CPPUNIT_TEST(resetsAreErrors);
    CPPUNIT_TEST(deadAddressesDelayButDoNotStop);
    CPPUNIT_TEST(refusedAddressesCostNothing);
    CPPUNIT_TEST(privateAddressesAreRefusedAfterDns);
    CPPUNIT_TEST(httpProxiesServePlainRequests);
    CPPUNIT_TEST(socksProxiesServe);
    CPPUNIT_TEST(proxiesThatFailSayWhy);
    CPPUNIT_TEST(tunnelsAreMadeAndRefused);
    CPPUNIT_TEST(thousandFailuresLeakNothing);
    CPPUNIT_TEST_SUITE_END();

public:
    void refusedConnectionsNameHostAndCause()
    {
        World world;
        const Outcome out = fetch(world, deadUrl());
        CPPUNIT_ASSERT(!out.ok && out.error.kind == ErrorClass::connect);
        CPPUNIT_ASSERT(out.error.text.find("127.0.0.1") != std::string::npos &&
                       out.error.text.find("refused") != std::string::npos);
    }

    void unknownNamesAreDnsErrors()
    {
        World world;
        const Outcome out = fetch(world, Url::parse("http://no-such-host.invalid/").value());
        CPPUNIT_ASSERT(!out.ok && out.error.kind == ErrorClass::dns);
        CPPUNIT_ASSERT(out.error.text.find("no-such-host.invalid") != std::string::npos);
    }

    void eachDeadlineSaysWhichItWas()
    {
        World world;
        BlackHole hole;
        CallOptions options;
        options.connectMs = 40;
        Outcome out = fetch(world, Url::parse("http://127.0.0.1:" + std::to_string(hole.port) + "/").value(), options);
        CPPUNIT_ASSERT(out.error.kind == ErrorClass::timeout && out.error.which == Timeout::connect);

        ScriptedServer mute(world.loop, says("", false));
        options = {};
        options.firstByteMs = 30;
        out = fetch(world, mute.url(), options);
        CPPUNIT_ASSERT(out.error.kind == ErrorClass::timeout && out.error.which == Timeout::firstByte);
        options = {};
        options.totalBy = world.loop.after(30);
        out = fetch(world, mute.url(), options);
        CPPUNIT_ASSERT(out.error.kind == ErrorClass::timeout && out.error.which == Timeout::total);

        ScriptedServer stalling(world.loop, says("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", false));
        options = {};
        options.stallMs = 30;
        out = fetch(world, stalling.url(), options);
        CPPUNIT_ASSERT(out.status == 200 && out.error.kind == ErrorClass::timeout && out.error.which == Timeout::stall);
        options = {};
        options.totalBy = world.loop.after(30);
        out = fetch(world, stalling.url(), options);
        CPPUNIT_ASSERT(out.status == 200 && out.error.which == Timeout::total);

        auto deaf = [](ScriptedServer&, std::unique_ptr<Stream> stream) -> Task<void>
        {
            return [](std::unique_ptr<Stream> connection) -> Task<void>
            {
                auto pause = sleepFor(kBound);
                co_await pause;
                connection.reset();
            }(std::move(stream));
        };
        ScriptedServer never(world.loop, deaf);
        options = {};
        options.writeStallMs = 40;
        const std::string large(30 << 20, 'x');
        out = fetch(world, never.url(), options, {large});
        CPPUNIT_ASSERT(out.error.kind == ErrorClass::timeout && out.error.which == Timeout::write);
    }

    void callersDeadlinesLeaveTheCallUsable()
    {
        World world;
        auto script = [](ScriptedServer&, std::unique_ptr<Stream> stream) -> Task<void>
        {
            return [](std::unique_ptr<Stream> connection) -> Task<void>
            {
                std::string request;
                auto reading = readRequest(*connection, request);
                co_await reading;
                auto head = sendText(*connection, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n");
                co_await head;
                auto pause = sleepFor(60);
                co_await pause;
                auto rest = sendText(*connection, "ok");
                co_await rest;
                auto draining = drain(*connection);
                co_await draining;
            }(std::move(stream));
        };
        ScriptedServer server(world.loop, script);
        const Url url = server.url();
        run(world.loop,
            [](World& w, const Url& u) -> Task<void>
            {
                HttpCall call(w.pool, {});
                HttpRequest request;
                request.url = &u;
                auto sending = call.send(request);
                auto head = co_await sending;
                CPPUNIT_ASSERT(head.ok());
                auto impatient = call.read({w.loop.after(10), nullptr});
                auto nothing = co_await impatient;
                CPPUNIT_ASSERT(!nothing.ok() && nothing.error().kind == ErrorClass::timeout &&
                               nothing.error().which == Timeout::none);
                auto reading = call.readAll(100);
                auto all = co_await reading;
                CPPUNIT_ASSERT(all.ok() && *all == "ok");
            }(world, url));
        CPPUNIT_ASSERT_EQUAL(size_t{1}, world.pool.idle());
    }

    void cancellationEndsEachPhase()
    {
        World world;
        BlackHole hole;
        ScriptedServer mute(world.loop, says("", false));
        ScriptedServer stalling(world.loop, says("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", false));
        for (const Url& url :
             {Url::parse("http://127.0.0.1:" + std::to_string(hole.port) + "/").value(), mute.url(), stalling.url()})
        {
            Cancellation cancellation;
            CallOptions options;
            options.under = &cancellation;
            Outcome out;
            world.loop.spawn(fetchInto(world.pool, out, url, options, {}, "POST"));
            world.loop.runUntil([] { return false; }, 15);
            CPPUNIT_ASSERT_EQUAL(size_t{1}, world.loop.tasks());
            cancellation.cancel(CancelReason::clientGone);
            runUntil(world.loop, [&] { return world.loop.tasks() == 0; });
            CPPUNIT_ASSERT(out.error.kind == ErrorClass::cancelled);
        }
        CPPUNIT_ASSERT_EQUAL(size_t{0}, world.pool.idle());
        runUntil(
            world.loop, [&] { return mute.running() == 0 && stalling.running() == 0; }, "upstreams see the close");
    }

    void garbageIsAProtocolError()
    {
        World world;
        for (const char* text :
             {"SSH-2.0-x\r\n\r\n", "\x16\x03\x01\x02\x03", "HTTP/1.1 200 OK\nA: b\n\n",
              "HTTP/1.1 200 OK\r\nA : b\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
              "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5 \r\nhello\r\n0\r\n\r\n",
              "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 9\r\n\r\nnot gzip!"})
        {
            ScriptedServer server(world.loop, says(text, false));
            const Outcome out = fetch(world, server.url());
            CPPUNIT_ASSERT_MESSAGE(text, !out.ok && out.error.kind == ErrorClass::protocol);
            CPPUNIT_ASSERT(out.error.text.find("127.0.0.1") != std::string::npos);
        }
        ScriptedServer large(world.loop, says("HTTP/1.1 200 OK\r\nX: " + std::string(70'000, 'x'), false));
        CPPUNIT_ASSERT(fetch(world, large.url()).error.kind == ErrorClass::protocol);
        CPPUNIT_ASSERT_EQUAL(size_t{0}, world.pool.idle());
    }

    void cutOffAnswersAreErrors()
    {
        World world;
        for (const char* text : {"", "HTTP/1.1 200 O", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
                                 "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
                                 "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"})
        {
            ScriptedServer server(world.loop, says(text, true));
            const Outcome out = fetch(world, server.url());
            CPPUNIT_ASSERT_MESSAGE(text, !out.ok && out.error.kind == ErrorClass::closed);
        }
    }

    void resetsAreErrors()
    {
        World world;
        auto script = [](ScriptedServer&, std::unique_ptr<Stream> stream) -> Task<void>
        {
            return [](std::unique_ptr<Stream> connection) -> Task<void>
            {
                std::string request;
                auto reading = readRequest(*connection, request);
                co_await reading;
                const linger now{1, 0}; // close sends a reset
                ::setsockopt(connection->descriptor(), SOL_SOCKET, SO_LINGER, &now, sizeof(now));
            }(std::move(stream));
        };
        ScriptedServer server(world.loop, script);
        const Outcome out = fetch(world, server.url());
        CPPUNIT_ASSERT(out.error.kind == ErrorClass::reset && out.error.text.find("reset") != std::string::npos);
    }

    void deadAddressesDelayButDoNotStop()
    {
        World world;
        BlackHole hole;
        ScriptedServer server(world.loop, says("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", false));
        // Two addresses, of which the first hangs: the second is tried 250 ms later.
        std::unique_ptr<Stream> stream;
        const int64_t begin = steadyMillis();
        run(world.loop,
            [](World& w, uint16_t dead, uint16_t alive, std::unique_ptr<Stream>& out) -> Task<void>
            {
                auto connecting =
                    connectAny(w.loop, {*IpAddress::parse("127.0.0.1", dead), *IpAddress::parse("127.0.0.1", alive)},
                               "h", {w.loop.after(5000), nullptr});
                auto connected = co_await connecting;
                CPPUNIT_ASSERT(connected.ok());
                out = std::move(*connected);
            }(world, hole.port, server.port(), stream));
        const int64_t took = steadyMillis() - begin;
        CPPUNIT_ASSERT(took >= kStaggerMs - 2 && took < 3000);
        sockaddr_storage raw;
        socklen_t length = sizeof(raw);
        ::getpeername(stream->descriptor(), reinterpret_cast<sockaddr*>(&raw), &length);
        CPPUNIT_ASSERT_EQUAL(server.port(), IpAddress::from(reinterpret_cast<sockaddr*>(&raw)).port);
    }

    void refusedAddressesCostNothing()
    {
        World world;
        ScriptedServer server(world.loop, says("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", false));
        std::vector<IpAddress> addresses = {*IpAddress::parse("::1")}; // nobody listens there
        for (int i = 2; i < 12; ++i)
            addresses.push_back(*IpAddress::parse("127.0.0." + std::to_string(i))); // nor there
        addresses.push_back(*IpAddress::parse("127.0.0.1"));
        world.resolver.pin("both.example", addresses);
        const int64_t begin = steadyMillis();
        const Outcome out =
            fetch(world, Url::parse("http://both.example:" + std::to_string(server.port()) + "/").value());
        CPPUNIT_ASSERT(out.ok && out.body == "ok");
        CPPUNIT_ASSERT(steadyMillis() - begin < 6 * kStaggerMs); // waiting for each would take 11
    }

    void privateAddressesAreRefusedAfterDns()
    {
        World world;
        ScriptedServer server(world.loop, says("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", false));
        CallOptions options;
        options.addresses = AddressRule::publicOnly;
        world.resolver.pin("sneaky.example", {*IpAddress::parse("127.0.0.1"), *IpAddress::parse("::ffff:10.0.0.1")});
        for (const std::string& host :
             {std::string("127.0.0.1"), std::string("[::1]"), std::string("sneaky.example"), std::string("localhost")})
        {
            const Outcome out =
                fetch(world, Url::parse("http://" + host + ":" + std::to_string(server.port()) + "/").value(), options);
            CPPUNIT_ASSERT_MESSAGE(host, out.error.kind == ErrorClass::refusedAddress);
        }
        // A kept connection of the permissive rule is not lent to the strict one.
        CPPUNIT_ASSERT(fetch(world, server.url()).ok);
        CPPUNIT_ASSERT(fetch(world, server.url(), options).error.kind == ErrorClass::refusedAddress);
        CPPUNIT_ASSERT_EQUAL(1, server.connections);
    }

    void httpProxiesServePlainRequests()
    {
        World world;
        ScriptedServer proxy(world.loop, connectProxy(""));
        const Url address = Url::parseProxy("http://joe:pw@127.0.0.1:" + std::to_string(proxy.port())).value();
        const Outcome out = fetch(world, Url::parse("http://api.example:81/a?b").value(), through(address));
        CPPUNIT_ASSERT(out.ok && out.body == "proxy"); // no look-up of api.example was needed
        CPPUNIT_ASSERT(
            proxy.requests.at(0).starts_with("POST http://api.example:81/a?b HTTP/1.1\r\nHost: api.example:81\r\n"));
        CPPUNIT_ASSERT(proxy.requests.at(0).find("Proxy-Authorization: Basic am9lOnB3\r\n") != std::string::npos);
    }

    void socksProxiesServe()
    {
        World world;
        ScriptedServer server(world.loop, says("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", false));
        world.resolver.pin("known.example", {*IpAddress::parse("127.0.0.1")});
        const Url target = Url::parse("http://known.example:" + std::to_string(server.port()) + "/").value();
        ScriptedServer open(world.loop, socksProxy(false, 0));
        ScriptedServer login(world.loop, socksProxy(true, 0));
        const std::string port = std::to_string(open.port());
        const Url byName = Url::parseProxy("socks5h://127.0.0.1:" + port).value();
        const Url byAddress = Url::parseProxy("socks5://127.0.0.1:" + port).value();
        const Url withUser = Url::parseProxy("socks5h://joe:pw%3A1@127.0.0.1:" + std::to_string(login.port())).value();
        CPPUNIT_ASSERT_EQUAL(std::string("ok"), fetch(world, target, through(byName)).body);
        CPPUNIT_ASSERT_EQUAL(std::string("ok"), fetch(world, target, through(byAddress)).body);
        CPPUNIT_ASSERT_EQUAL(std::string("ok"), fetch(world, target, through(withUser)).body);
        CPPUNIT_ASSERT_EQUAL(std::string("3:known.example"), open.requests.at(0));
        CPPUNIT_ASSERT_EQUAL(std::string("1:address"), open.requests.at(1));
        CPPUNIT_ASSERT(server.requests.at(0).starts_with("POST / HTTP/1.1\r\nHost: known.example:"));
    }

    void proxiesThatFailSayWhy()
    {
        World world;
        ScriptedServer refusing(world.loop, socksProxy(false, 5));
        ScriptedServer login(world.loop, socksProxy(true, 0));
        ScriptedServer http(world.loop, says("HTTP/1.1 200 OK\r\n\r\n", true));
        const Url target = Url::parse("http://known.example/").value();
        struct Case
        {
            std::string proxy;
            ErrorClass kind;
            const char* text;
        };
        const std::string host = "127.0.0.1:";
        for (const Case& one :
             {Case{"socks5h://" + host + std::to_string(refusing.port()), ErrorClass::connect, "refused"},
              Case{"socks5h://" + host + std::to_string(login.port()), ErrorClass::connect, "login"},
              Case{"socks5h://joe:wrong@" + host + std::to_string(login.port()), ErrorClass::connect, "password"},
              Case{"http://" + host + std::to_string(deadPort()), ErrorClass::connect, "proxy"},
              Case{"http://no-such-proxy.invalid", ErrorClass::dns, "proxy"}})
        {
            const Url proxy = Url::parseProxy(one.proxy).value();
            const Outcome out = fetch(world, target, through(proxy));
            CPPUNIT_ASSERT_MESSAGE(one.proxy + ": " + out.error.text, out.error.kind == one.kind);
            CPPUNIT_ASSERT_MESSAGE(out.error.text, out.error.text.find(one.text) != std::string::npos);
            CPPUNIT_ASSERT(out.error.text.find("wrong") == std::string::npos);
        }
    }

    void tunnelsAreMadeAndRefused()
    {
        World world;
        ScriptedServer wantsLogin(world.loop, connectProxy("Basic am9lOnB3"));
        const Url bad = Url::parseProxy("http://127.0.0.1:" + std::to_string(wantsLogin.port())).value();
        const Outcome out = fetch(world, Url::parse("https://api.example/").value(), through(bad));
        CPPUNIT_ASSERT(out.error.kind == ErrorClass::connect && out.error.text.find("407") != std::string::npos);
        CPPUNIT_ASSERT(
            wantsLogin.requests.at(0).starts_with("CONNECT api.example:443 HTTP/1.1\r\nHost: api.example:443\r\n"));
        // Tunnels that carry TLS: see TlsTest.
    }

    void thousandFailuresLeakNothing()
    {
        World world;
        ScriptedServer closing(world.loop, says("", true));
        ScriptedServer cut(world.loop, says("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", true));
        ScriptedServer garbage(world.loop, says("garbage\r\n\r\n", false));
        ScriptedServer mute(world.loop, says("", false));
        const Url urls[] = {deadUrl(), closing.url(), cut.url(), garbage.url(), mute.url()};
        auto settle = [&]
        {
            runUntil(
                world.loop, [&] { return closing.running() + cut.running() + garbage.running() + mute.running() == 0; },
                "settled");
        };
        size_t before = 0;
        for (int i = 0; i < 1005; ++i)
        {
            CallOptions options;
            options.firstByteMs = 2;
            CPPUNIT_ASSERT(!fetch(world, urls[i % 5], options).ok);
            if (i != 4) continue;
            settle();
            before = openDescriptors();
        }
        settle();
        CPPUNIT_ASSERT_EQUAL(before, openDescriptors());
        CPPUNIT_ASSERT_EQUAL(size_t{0}, world.pool.idle());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(TroubleTest);
