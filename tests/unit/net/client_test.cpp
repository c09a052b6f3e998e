#include "support.h"

#include <zlib.h>

using namespace net_test;

namespace
{

// Answers each request of a connection with the next of some texts (the last again and again); an empty one closes
// instead.
ScriptedServer::Script answers(std::vector<std::string> texts)
{
    return [texts](ScriptedServer& server, std::unique_ptr<Stream> stream) -> Task<void>
    {
        return [](ScriptedServer& s, std::unique_ptr<Stream> connection, std::vector<std::string> all) -> Task<void>
        {
            std::string request;
            for (;;)
            {
                auto reading = readRequest(*connection, request);
                if (!co_await reading) co_return;
                s.requests.push_back(request);
                const std::string text = all[std::min(s.requests.size(), all.size()) - 1];
                if (text.empty()) co_return;
                auto sending = sendText(*connection, text);
                co_await sending;
            }
        }(server, std::move(stream), texts);
    };
}

// Sends an answer byte by byte or in given parts, each in a turn of its own, then closes if told.
ScriptedServer::Script inParts(std::vector<std::string> parts, bool close)
{
    return [parts, close](ScriptedServer&, std::unique_ptr<Stream> stream) -> Task<void>
    {
        return [](std::unique_ptr<Stream> connection, std::vector<std::string> all, bool closes) -> Task<void>
        {
            std::string request;
            auto reading = readRequest(*connection, request);
            if (!co_await reading) co_return;
            for (const std::string& part : all)
            {
                auto sending = sendText(*connection, part);
                co_await sending;
                auto pause = sleepFor(1);
                co_await pause;
            }
            if (closes) co_return;
            auto draining = drain(*connection);
            co_await draining;
        }(std::move(stream), parts, close);
    };
}

std::string sized(const std::string& body, const std::string& more = "")
{
    return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + more + "\r\n" + body;
}

std::string packed(std::string_view plain, int bits)
{
    z_stream stream{};
    deflateInit2(&stream, 6, Z_DEFLATED, bits, 8, Z_DEFAULT_STRATEGY);
    std::string out(compressBound(plain.size()) + 64, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(plain.data()));
    stream.avail_in = static_cast<uInt>(plain.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    deflate(&stream, Z_FINISH);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

std::vector<std::string> twoParts(const std::string& text, size_t cut)
{
    return {text.substr(0, cut), text.substr(cut)};
}

Task<void> readOnePiece(ClientPool& pool, const Url& url, CallOptions options, std::string& piece, bool& began)
{
    HttpCall call(pool, options);
    HttpRequest request;
    request.url = &url;
    auto sending = call.send(request);
    auto head = co_await sending;
    began = head.ok();
    auto reading = call.read();
    auto got = co_await reading;
    if (got) piece = *got;
} // destroyed before its end

Task<void> headersOf(ClientPool& pool, const Url& url, std::vector<Header> fields, Result<Done, NetError>& out)
{
    HttpCall call(pool, {});
    HttpRequest request;
    request.url = &url;
    request.headers = fields;
    const std::string_view body[] = {"he", "", "llo"};
    request.body = body;
    auto sending = call.send(request);
    auto head = co_await sending;
    if (!head) out = failure(head.error());
}

} // namespace

class ClientTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ClientTest);
    CPPUNIT_TEST(requestsGoOutByteForByte);
    CPPUNIT_TEST(badHeadersAreNotSent);
    CPPUNIT_TEST(connectionsAreReused);
    CPPUNIT_TEST(answersCutAnywhereAreOne);
    CPPUNIT_TEST(bodiesUntilCloseEndWithIt);
    CPPUNIT_TEST(interimAnswersAreSkipped);
    CPPUNIT_TEST(bodilessAnswersHaveNoBody);
    CPPUNIT_TEST(compressedAnswersAreDecoded);
    CPPUNIT_TEST(staleConnectionsAreRetriedOnce);
    CPPUNIT_TEST(freshConnectionsAreNotRetried);
    CPPUNIT_TEST(nothingIsRetriedAfterTheFirstByte);
    CPPUNIT_TEST(unfinishedAnswersCloseTheConnection);
    CPPUNIT_TEST(closedIdleConnectionsLeaveThePoolAtOnce);
    CPPUNIT_TEST(talkativeIdleConnectionsLeaveThePool);
    CPPUNIT_TEST(idleConnectionsAreClosedInTime);
    CPPUNIT_TEST(extraBytesSpoilAConnection);
    CPPUNIT_TEST(earlyAnswersToLargeBodiesAreRead);
    CPPUNIT_TEST(piecesAreBoundedAndComplete);
    CPPUNIT_TEST_SUITE_END();

public:
    void requestsGoOutByteForByte()
    {
        World world;
        ScriptedServer server(world.loop, answers({sized("ok")}));
        Result<Done, NetError> out{Done{}};
        run(world.loop, headersOf(world.pool, server.url("/v1/a%2f?b=[1]"),
                                  {{"X-One", "1"},
                                   {"authorization", "Bearer k"},
                                   {"Host", "evil"},
                                   {"Content-Length", "99"},
                                   {"Connection", "close"},
                                   {"X-One", "\xC3\xA4"}},
                                  out));
        CPPUNIT_ASSERT(out.ok());
        const std::string host = "127.0.0.1:" + std::to_string(server.port());
        CPPUNIT_ASSERT_EQUAL(
            "POST /v1/a%2f?b=[1] HTTP/1.1\r\nHost: " + host +
                "\r\nX-One: 1\r\nauthorization: Bearer k\r\nX-One: \xC3\xA4\r\nUser-Agent: switchyard\r\n"
                "Content-Length: 5\r\nAccept-Encoding: gzip, deflate\r\nConnection: keep-alive\r\n\r\nhello",
            server.requests.at(0));
        run(world.loop, headersOf(world.pool, server.url(), {{"user-agent", "me/1"}}, out));
        CPPUNIT_ASSERT(server.requests.at(1).find("switchyard") == std::string::npos);
    }

    void badHeadersAreNotSent()
    {
        World world;
        ScriptedServer server(world.loop, answers({sized("ok")}));
        for (const Header& bad : {Header{"X", "a\r\nY: b"}, Header{"X\r\nY", "a"}, Header{"", "a"}, Header{"X Y", "a"},
                                  Header{"X", std::string_view("a\0b", 3)}})
        {
            Result<Done, NetError> out{Done{}};
            run(world.loop, headersOf(world.pool, server.url(), {bad}, out));
            CPPUNIT_ASSERT(!out.ok() && out.error().kind == ErrorClass::protocol);
        }
        CPPUNIT_ASSERT_EQUAL(0, server.connections);
    }

    void connectionsAreReused()
    {
        World world;
        ScriptedServer server(
            world.loop,
            answers(
                {sized("ok"), "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", sized("")}));
        for (int i = 0; i < 20; ++i)
        {
            const Outcome out = fetch(world, server.url());
            CPPUNIT_ASSERT(out.ok && out.body == (i < 2 ? "ok" : ""));
            CPPUNIT_ASSERT_EQUAL(size_t{1}, world.pool.idle());
        }
        CPPUNIT_ASSERT_EQUAL(1, server.connections);
        CPPUNIT_ASSERT_EQUAL(uint64_t{19}, world.pool.counters().reused);
        ScriptedServer closing(world.loop, answers({sized("ok", "Connection: close\r\n")}));
        CPPUNIT_ASSERT(fetch(world, closing.url()).ok);
        CPPUNIT_ASSERT(fetch(world, closing.url()).ok);
        CPPUNIT_ASSERT_EQUAL(2, closing.connections);
        CPPUNIT_ASSERT_EQUAL(size_t{1}, world.pool.idle());
    }

    void answersCutAnywhereAreOne()
    {
        World world;
        const std::string wires[] = {
            sized("hello world"),
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;x\r\n world\r\n0\r\nT: x\r\n\r\n",
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 11\r\nX: y\r\n\r\nhello world"};
        for (const std::string& wire : wires)
            for (size_t cut = 1; cut < wire.size(); ++cut)
            {
                ScriptedServer server(world.loop, inParts(twoParts(wire, cut), false));
                const Outcome out = fetch(world, server.url());
                CPPUNIT_ASSERT_EQUAL(std::string("hello world"), out.body);
                CPPUNIT_ASSERT(out.ok);
                CPPUNIT_ASSERT_EQUAL(size_t{1}, world.pool.idle());
                world.pool.closeIdle();
            }
    }

    void bodiesUntilCloseEndWithIt()
    {
        World world;
        ScriptedServer server(world.loop, inParts({"HTTP/1.1 200 OK\r\n\r\nhel", "lo"}, true));
        const Outcome out = fetch(world, server.url());
        CPPUNIT_ASSERT(out.ok && out.body == "hello");
        CPPUNIT_ASSERT_EQUAL(size_t{0}, world.pool.idle());
    }

    void interimAnswersAreSkipped()
    {
        World world;
        ScriptedServer server(
            world.loop,
            answers({"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + sized("ok")}));
        const Outcome out = fetch(world, server.url());
        CPPUNIT_ASSERT(out.ok && out.status == 200 && out.body == "ok");
        CPPUNIT_ASSERT_EQUAL(std::string("(none)"), out.header("link"));
        ScriptedServer switching(world.loop, answers({"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"}));
        CPPUNIT_ASSERT(fetch(world, switching.url()).error.kind == ErrorClass::protocol);
    }

    void bodilessAnswersHaveNoBody()
    {
        World world;
        ScriptedServer server(world.loop, answers({"HTTP/1.1 204 No Content\r\n\r\n",
                                                   "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n",
                                                   "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"}));
        CPPUNIT_ASSERT(fetch(world, server.url()).ok);
        CPPUNIT_ASSERT(fetch(world, server.url()).ok);
        const Outcome out = fetch(world, server.url(), {}, {}, "HEAD");
        CPPUNIT_ASSERT(out.ok && out.body.empty() && out.header("content-length") == "9");
        CPPUNIT_ASSERT_EQUAL(1, server.connections);
    }

    void compressedAnswersAreDecoded()
    {
        World world;
        std::string plain;
        for (int i = 0; i < 20'000; ++i)
            plain += "data: " + std::to_string(i) + "\n\n";
        for (int bits : {31, 15, -15})
        {
            const std::string name = bits == 31 ? "gzip" : "deflate";
            const std::string body = packed(plain, bits);
            ScriptedServer server(world.loop, answers({sized(body, "Content-Encoding: " + name + "\r\n")}));
            const Outcome out = fetch(world, server.url());
            CPPUNIT_ASSERT(out.ok && out.body == plain);
            CPPUNIT_ASSERT_EQUAL(std::string("(none)"), out.header("content-encoding"));
            CPPUNIT_ASSERT_EQUAL(std::string("(none)"), out.header("content-length"));
            ScriptedServer slow(
                world.loop,
                inParts(twoParts(sized(body, "Content-Encoding: " + name + "\r\n"), body.size() / 2), false));
            CPPUNIT_ASSERT(fetch(world, slow.url()).body == plain);
            ScriptedServer broken(
                world.loop, answers({sized(body.substr(0, body.size() - 4), "Content-Encoding: " + name + "\r\n")}));
            CPPUNIT_ASSERT(fetch(world, broken.url()).error.kind == ErrorClass::protocol);
        }
        ScriptedServer unknown(world.loop, answers({sized("as it is", "Content-Encoding: br\r\n")}));
        const Outcome out = fetch(world, unknown.url());
        CPPUNIT_ASSERT(out.ok && out.body == "as it is" && out.header("content-encoding") == "br");
        CallOptions plainOnly;
        plainOnly.acceptCompressed = false;
        CPPUNIT_ASSERT(fetch(world, unknown.url(), plainOnly).ok);
        CPPUNIT_ASSERT(unknown.requests.back().find("Accept-Encoding: identity\r\n") != std::string::npos);
    }

    void staleConnectionsAreRetriedOnce()
    {
        World world;
        // The second request of the first connection finds it closing.
        ScriptedServer server(world.loop, answers({sized("one"), "", sized("two")}));
        CPPUNIT_ASSERT(fetch(world, server.url()).ok);
        const Outcome out = fetch(world, server.url(), {}, {"body"});
        CPPUNIT_ASSERT(out.ok && out.body == "two");
        CPPUNIT_ASSERT_EQUAL(2, server.connections);
        CPPUNIT_ASSERT_EQUAL(uint64_t{1}, world.pool.counters().retried);
        CPPUNIT_ASSERT_EQUAL(server.requests.at(1), server.requests.at(2));
        ScriptedServer dying(world.loop, answers({sized("one"), "", "", sized("never")}));
        CPPUNIT_ASSERT(fetch(world, dying.url()).ok);
        const Outcome second = fetch(world, dying.url());
        CPPUNIT_ASSERT(!second.ok && second.error.kind == ErrorClass::closed);
        CPPUNIT_ASSERT_EQUAL(2, dying.connections);
    }

    void freshConnectionsAreNotRetried()
    {
        World world;
        ScriptedServer server(world.loop, answers({""}));
        CPPUNIT_ASSERT(!fetch(world, server.url()).ok);
        CPPUNIT_ASSERT_EQUAL(1, server.connections);
    }

    void nothingIsRetriedAfterTheFirstByte()
    {
        World world;
        auto script = [](ScriptedServer& server, std::unique_ptr<Stream> stream) -> Task<void>
        {
            return [](ScriptedServer& s, std::unique_ptr<Stream> connection) -> Task<void>
            {
                std::string request;
                for (const char* text : {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "H"})
                {
                    auto reading = readRequest(*connection, request);
                    if (!co_await reading) co_return;
                    s.requests.push_back(request);
                    auto sending = sendText(*connection, text);
                    co_await sending;
                }
            }(server, std::move(stream));
        };
        ScriptedServer server(world.loop, script);
        CPPUNIT_ASSERT(fetch(world, server.url()).ok);
        CPPUNIT_ASSERT(fetch(world, server.url()).error.kind == ErrorClass::closed);
        CPPUNIT_ASSERT_EQUAL(1, server.connections);
    }

    void unfinishedAnswersCloseTheConnection()
    {
        World world;
        ScriptedServer server(world.loop, inParts({"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nbegin"}, false));
        std::string piece;
        bool began = false;
        run(world.loop, readOnePiece(world.pool, server.url(), {}, piece, began));
        CPPUNIT_ASSERT(began && piece == "begin");
        CPPUNIT_ASSERT_EQUAL(size_t{0}, world.pool.idle());
        runUntil(
            world.loop, [&] { return server.running() == 0; }, "the server sees the close");
    }

    void closedIdleConnectionsLeaveThePoolAtOnce()
    {
        World world;
        ScriptedServer server(world.loop, answers({sized("ok")}));
        CPPUNIT_ASSERT(fetch(world, server.url()).ok);
        CPPUNIT_ASSERT_EQUAL(size_t{1}, world.pool.idle());
        server.dropAll();
        runUntil(world.loop, [&] { return world.pool.idle() == 0; });
        CPPUNIT_ASSERT(fetch(world, server.url()).ok);
        CPPUNIT_ASSERT_EQUAL(uint64_t{0}, world.pool.counters().retried);
    }

    void talkativeIdleConnectionsLeaveThePool()
    {
        World world;
        ScriptedServer server(world.loop, inParts({sized("ok"), "HTTP/1.1 408 Request Timeout\r\n\r\n"}, false));
        CPPUNIT_ASSERT(fetch(world, server.url()).ok);
        runUntil(world.loop, [&] { return world.pool.idle() == 0; });
    }

    void idleConnectionsAreClosedInTime()
    {
        World world;
        ClientPool pool(world.loop, world.resolver, world.tls, {20, 1});
        ScriptedServer server(world.loop, answers({sized("ok")}));
        Outcome first;
        Outcome second;
        TaskSet both;
        const Url url = server.url();
        both.start(fetchInto(pool, first, url, {}, {}, "GET"));
        both.start(fetchInto(pool, second, url, {}, {}, "GET"));
        runUntil(world.loop, [&] { return both.running() == 0; });
        CPPUNIT_ASSERT(first.ok && second.ok);
        CPPUNIT_ASSERT_EQUAL(2, server.connections);
        CPPUNIT_ASSERT_EQUAL(size_t{1}, pool.idle());
        runUntil(world.loop, [&] { return pool.idle() == 0; });
        runUntil(world.loop, [&] { return server.running() == 0; });
    }

    void extraBytesSpoilAConnection()
    {
        World world;
        for (const std::string& wire :
             std::initializer_list<std::string>{sized("ok") + "extra", "HTTP/1.1 204 No Content\r\n\r\nextra",
                                                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nextra"})
        {
            ScriptedServer server(world.loop, answers({wire}));
            CPPUNIT_ASSERT(fetch(world, server.url()).ok);
            CPPUNIT_ASSERT_EQUAL(size_t{0}, world.pool.idle());
        }
    }

    void earlyAnswersToLargeBodiesAreRead()
    {
        World world;
        auto script = [](ScriptedServer&, std::unique_ptr<Stream> stream) -> Task<void>
        {
            return [](std::unique_ptr<Stream> connection) -> Task<void>
            {
                char buffer[1000];
                auto reading = connection->read(buffer, sizeof(buffer), {});
                co_await reading;
                auto sending = sendText(*connection, "HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nbig");
                co_await sending;
                ::shutdown(connection->descriptor(), SHUT_RDWR);
                auto draining = drain(*connection);
                co_await draining;
            }(std::move(stream));
        };
        ScriptedServer server(world.loop, script);
        const std::string body(20 << 20, 'x');
        const Outcome out = fetch(world, server.url(), {}, {body});
        CPPUNIT_ASSERT_EQUAL(413, out.status);
        CPPUNIT_ASSERT_EQUAL(std::string("big"), out.body);
        CPPUNIT_ASSERT_EQUAL(size_t{0}, world.pool.idle());
    }

    void piecesAreBoundedAndComplete()
    {
        World world;
        std::string plain;
        for (int i = 0; i < 100'000; ++i)
            plain += std::to_string(i);
        ScriptedServer server(world.loop, answers({sized(plain)}));
        std::string got;
        size_t largest = 0;
        const Url url = server.url();
        run(world.loop,
            [](ClientPool& pool, const Url& u, std::string& all, size_t& most) -> Task<void>
            {
                HttpCall call(pool, {});
                HttpRequest request;
                request.url = &u;
                auto sending = call.send(request);
                auto head = co_await sending;
                CPPUNIT_ASSERT(head.ok());
                for (;;)
                {
                    auto reading = call.read();
                    auto piece = co_await reading;
                    CPPUNIT_ASSERT(piece.ok());
                    if (piece->empty()) break;
                    auto pause = sleepFor(0); // others run, and use their buffers
                    co_await pause;
                    all += *piece;
                    most = std::max(most, piece->size());
                }
                CPPUNIT_ASSERT(call.ended());
                auto again = call.read();
                auto nothing = co_await again;
                CPPUNIT_ASSERT(nothing.ok() && nothing->empty());
            }(world.pool, url, got, largest));
        CPPUNIT_ASSERT(got == plain);
        CPPUNIT_ASSERT(largest <= Buffer::kSize);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ClientTest);
