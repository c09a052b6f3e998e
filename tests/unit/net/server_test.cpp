#include "support.h"

#include <sys/un.h>
#include <zlib.h>

using namespace net_test;

namespace
{

std::string gzipped(std::string_view plain)
{
    z_stream stream{};
    deflateInit2(&stream, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY);
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

// A server that answers with what it got, and keeps a record.
struct Echo
{
    Loop& loop;
    ServerLimits limits;
    size_t bodyLimit = 1 << 20;
    bool readBodies = true;
    std::vector<std::string> seen; // method, path, body of each request
    std::vector<NetError> errors;
    TaskSet tasks;

    explicit Echo(Loop& l) : loop(l) { limits.lingerMs = 50; }

    void accept(int descriptor, Cancellation* drain = nullptr) { tasks.start(serve(*this, descriptor, drain)); }

    static Task<void> serve(Echo& echo, int descriptor, Cancellation* drain)
    {
        ServerConnection connection(echo.loop, descriptor, IpAddress(), echo.limits, drain);
        for (;;)
        {
            auto reading = connection.readHead();
            auto head = co_await reading;
            if (!head)
            {
                echo.errors.push_back(head.error());
                if (head.error().status == 0) co_return;
                auto refusing = connection.respond(head.error().status, {}, head.error().text);
                co_await refusing;
                auto finishing = connection.finish();
                co_await finishing;
                co_return;
            }
            std::string seen = std::string((*head)->method) + " " + std::string((*head)->path) + " ";
            int status = 200;
            if (echo.readBodies)
            {
                auto fetching = connection.readBody(echo.bodyLimit);
                auto body = co_await fetching;
                if (body)
                    seen += body->view();
                else
                {
                    echo.errors.push_back(body.error());
                    status = body.error().status;
                    if (status == 0) co_return;
                    seen = body.error().text;
                }
            }
            echo.seen.push_back(seen);
            auto responding = connection.respond(status, {}, seen);
            co_await responding;
            auto finishing = connection.finish();
            if (!co_await finishing) co_return;
        }
    }
};

std::string post(const std::string& body, const std::string& more = "")
{
    return "POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + more + "\r\n" +
           body;
}

std::string chunkedPost(const std::string& wire, const std::string& more = "")
{
    return "POST /p HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n" + more + "\r\n" + wire;
}

// The handler waits for something that never comes, under the client's cancellation.
Task<void> waitsForever(Loop& loop, int descriptor, const ServerLimits& limits, Wake& woken, CancelReason& reason,
                        int64_t& turn, const int64_t& turns)
{
    ServerConnection connection(loop, descriptor, IpAddress(), limits);
    auto reading = connection.readHead();
    auto head = co_await reading;
    if (!head) co_return;
    Signal never;
    auto waiting = never.wait({kNever, &connection.cancellation()});
    woken = co_await waiting;
    reason = connection.cancellation().reason();
    turn = turns;
}

Task<void> streams(Loop& loop, int descriptor, const ServerLimits& limits, std::vector<std::string> frames, Io& last,
                   bool& kept)
{
    ServerConnection connection(loop, descriptor, IpAddress(), limits);
    auto reading = connection.readHead();
    auto head = co_await reading;
    if (!head) co_return;
    const Header fields[] = {{"Content-Type", "text/event-stream"}};
    connection.begin(200, fields, Framing::chunked);
    for (const std::string& frame : frames)
    {
        const std::string_view pieces[] = {"data: ", frame, "\n\n"};
        auto sending = connection.send(pieces, ServerConnection::More::yes);
        last = co_await sending;
        if (last != Io::done) co_return;
    }
    auto ending = connection.send({}, ServerConnection::More::no);
    last = co_await ending;
    auto finishing = connection.finish();
    kept = co_await finishing;
}

} // namespace

class ServerTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ServerTest);
    CPPUNIT_TEST(requestsCutAnywhereAreOne);
    CPPUNIT_TEST(pipelinedRequestsAreServedInOrder);
    CPPUNIT_TEST(chunkedBodiesCutAnywhereAreOne);
    CPPUNIT_TEST(compressedBodiesAreDecoded);
    CPPUNIT_TEST(bodiesOverTheLimitGet413);
    CPPUNIT_TEST(unknownEncodingsGet415);
    CPPUNIT_TEST(largeBodiesLieInAFile);
    CPPUNIT_TEST(continueIsSentWhenTheBodyIsWanted);
    CPPUNIT_TEST(unwantedBodiesAreSkippedOrClose);
    CPPUNIT_TEST(slowHeadsGet408);
    CPPUNIT_TEST(slowBodiesGet408);
    CPPUNIT_TEST(idleConnectionsEndSilently);
    CPPUNIT_TEST(drainEndsIdleConnectionsOnly);
    CPPUNIT_TEST(badHeadsAreAnsweredAndClosed);
    CPPUNIT_TEST(hangupCancelsAWaiterInTheSameTurn);
    CPPUNIT_TEST(headAndFirstFrameLeaveTogether);
    CPPUNIT_TEST(oldClientsGetNoChunks);
    CPPUNIT_TEST(headRequestsGetNoBody);
    CPPUNIT_TEST(clientsThatTakeNothingAreGivenUp);
    CPPUNIT_TEST(listenersRefuseAboveTheCap);
    CPPUNIT_TEST(unixSocketsAreReplacedWhenDead);
    CPPUNIT_TEST_SUITE_END();

    // Sends `bytes`, in two parts if cut > 0, and waits for `answers` answers.
    std::string talk(Echo& echo, const std::string& bytes, size_t cut, size_t answers)
    {
        Pair pair;
        Far far(pair.far);
        echo.accept(pair.near);
        const size_t before = echo.seen.size() + echo.errors.size();
        if (cut > 0)
        {
            far.write(std::string_view(bytes).substr(0, cut));
            echo.loop.runUntil([] { return false; }, 0);
            for (int i = 0; i < 3; ++i)
            {
                bool turned = false;
                echo.loop.runUntil([&] { return std::exchange(turned, true); }, 1);
            }
        }
        far.write(std::string_view(bytes).substr(cut));
        runUntil(
            echo.loop,
            [&] {
                return echo.seen.size() + echo.errors.size() >= before + answers &&
                       (far.pump() || !far.received.empty());
            },
            "answers");
        far.pump();
        const std::string received = far.received;
        far.close();
        runUntil(
            echo.loop, [&] { return echo.tasks.running() == 0; }, "end of the connection");
        return received;
    }

public:
    void requestsCutAnywhereAreOne()
    {
        Loop loop;
        Echo echo(loop);
        const std::string bytes = post("hello");
        for (size_t cut = 0; cut < bytes.size(); ++cut)
        {
            echo.seen.clear();
            const std::string answer = talk(echo, bytes, cut, 1);
            CPPUNIT_ASSERT_EQUAL(std::string("POST /p hello"), echo.seen.at(0));
            CPPUNIT_ASSERT(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with("POST /p hello"));
        }
    }

    void pipelinedRequestsAreServedInOrder()
    {
        Loop loop;
        Echo echo(loop);
        const std::string bytes = "\r\n" + post("one") + "GET /g HTTP/1.1\r\nHost: a\r\n\r\n" +
                                  chunkedPost("3\r\ntwo\r\n0\r\n\r\n") + post("three");
        for (size_t cut = 0; cut < bytes.size(); cut += 5)
        {
            echo.seen.clear();
            talk(echo, bytes, cut, 4);
            const std::vector<std::string> expected = {"POST /p one", "GET /g ", "POST /p two", "POST /p three"};
            CPPUNIT_ASSERT(echo.seen == expected);
        }
    }

    void chunkedBodiesCutAnywhereAreOne()
    {
        Loop loop;
        Echo echo(loop);
        const std::string bytes = chunkedPost("5;x=y\r\nhello\r\n6\r\n world\r\n0\r\nA: b\r\n\r\n");
        for (size_t cut = 0; cut < bytes.size(); ++cut)
        {
            echo.seen.clear();
            talk(echo, bytes, cut, 1);
            CPPUNIT_ASSERT_EQUAL(std::string("POST /p hello world"), echo.seen.at(0));
        }
        CPPUNIT_ASSERT(talk(echo, chunkedPost("5 \r\nhello\r\n0\r\n\r\n"), 0, 1).starts_with("HTTP/1.1 400 "));
    }

    void compressedBodiesAreDecoded()
    {
        Loop loop;
        Echo echo(loop);
        std::string plain;
        for (int i = 0; i < 3000; ++i)
            plain += "message " + std::to_string(i);
        const std::string packed = gzipped(plain);
        talk(echo, post(packed, "Content-Encoding: gzip\r\n"), packed.size() / 2, 1);
        CPPUNIT_ASSERT(echo.seen.at(0) == "POST /p " + plain);
        CPPUNIT_ASSERT(talk(echo, post("no gzip", "Content-Encoding: gzip\r\n"), 0, 1).starts_with("HTTP/1.1 400 "));
        CPPUNIT_ASSERT(talk(echo, post(packed.substr(0, packed.size() - 3), "Content-Encoding: gzip\r\n"), 0, 1)
                           .starts_with("HTTP/1.1 400 "));
        echo.bodyLimit = packed.size() + 1;
        CPPUNIT_ASSERT(talk(echo, post(packed, "Content-Encoding: gzip\r\n"), 0, 1).starts_with("HTTP/1.1 413 "));
    }

    void bodiesOverTheLimitGet413()
    {
        Loop loop;
        Echo echo(loop);
        echo.bodyLimit = 10;
        CPPUNIT_ASSERT(talk(echo, post("0123456789A"), 0, 1).starts_with("HTTP/1.1 413 "));
        CPPUNIT_ASSERT(echo.errors.at(0).kind == ErrorClass::tooLarge);
        CPPUNIT_ASSERT(talk(echo, post("0123456789"), 0, 1).starts_with("HTTP/1.1 200 "));
        CPPUNIT_ASSERT(
            talk(echo, chunkedPost("8\r\n01234567\r\n8\r\n01234567\r\n"), 0, 1).starts_with("HTTP/1.1 413 "));
    }

    void unknownEncodingsGet415()
    {
        Loop loop;
        Echo echo(loop);
        for (const char* encoding : {"br", "zstd", "gzip, gzip"})
            CPPUNIT_ASSERT(talk(echo, post("x", std::string("Content-Encoding: ") + encoding + "\r\n"), 0, 1)
                               .starts_with("HTTP/1.1 415 "));
    }

    void largeBodiesLieInAFile()
    {
        Loop loop;
        Echo echo(loop);
        echo.limits.spillAt = 1000;
        const std::string body(70'000, 'x');
        talk(echo, post(body), 500, 1);
        CPPUNIT_ASSERT(echo.seen.at(0) == "POST /p " + body);
        talk(echo, chunkedPost("11170\r\n" + body + "\r\n0\r\n\r\n"), 60'000, 1);
        CPPUNIT_ASSERT(echo.seen.at(1) == "POST /p " + body);
    }

    void continueIsSentWhenTheBodyIsWanted()
    {
        Loop loop;
        Echo echo(loop);
        Pair pair;
        Far far(pair.far);
        echo.accept(pair.near);
        far.write("POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
        runUntil(loop, [&] { return far.has("HTTP/1.1 100 Continue\r\n\r\n"); });
        CPPUNIT_ASSERT(echo.seen.empty());
        far.write("hello");
        runUntil(loop, [&] { return far.has("POST /p hello"); });
        far.close();
        // Too large: no invitation, the refusal instead.
        echo.bodyLimit = 3;
        const std::string refused =
            talk(echo, "POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n", 0, 1);
        CPPUNIT_ASSERT(refused.starts_with("HTTP/1.1 413 ") && refused.find("Connection: close") != std::string::npos);
    }

    void unwantedBodiesAreSkippedOrClose()
    {
        Loop loop;
        Echo echo(loop);
        echo.readBodies = false;
        CPPUNIT_ASSERT(talk(echo, post("hello") + post("again"), 70, 2).find("Connection: close") == std::string::npos);
        CPPUNIT_ASSERT_EQUAL(size_t{2}, echo.seen.size());
        const std::string large =
            talk(echo, "POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 500000\r\n\r\nbegin", 0, 1);
        CPPUNIT_ASSERT(large.find("Connection: close") != std::string::npos);
    }

    void slowHeadsGet408()
    {
        Loop loop;
        Echo echo(loop);
        echo.limits.headMs = 30;
        Pair pair;
        Far far(pair.far);
        echo.accept(pair.near);
        far.write("GET / HT");
        runUntil(loop, [&] { return far.has("HTTP/1.1 408 ") && far.pump(); });
        CPPUNIT_ASSERT(echo.errors.at(0).kind == ErrorClass::timeout);
    }

    void slowBodiesGet408()
    {
        Loop loop;
        Echo echo(loop);
        echo.limits.bodyStallMs = 30;
        for (const std::string& begin :
             {std::string("POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhe"), chunkedPost("5\r\nhe")})
        {
            Pair pair;
            Far far(pair.far);
            echo.accept(pair.near);
            far.write(begin);
            runUntil(loop, [&] { return far.has("HTTP/1.1 408 ") && far.pump(); });
        }
        // Drop by drop: each in time, all together too long.
        echo.limits.bodyStallMs = kBound;
        echo.limits.bodyTotalMs = 60;
        Pair pair;
        Far far(pair.far);
        echo.accept(pair.near);
        far.write("POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 500000\r\n\r\n");
        runUntil(loop,
                 [&]
                 {
                     if (far.has("HTTP/1.1 408 ")) return true;
                     far.write("x");
                     return false;
                 });
    }

    void idleConnectionsEndSilently()
    {
        Loop loop;
        Echo echo(loop);
        echo.limits.idleMs = 20;
        Pair pair;
        Far far(pair.far);
        echo.accept(pair.near);
        runUntil(loop, [&] { return far.pump(); });
        CPPUNIT_ASSERT(far.received.empty());
        CPPUNIT_ASSERT_EQUAL(0, echo.errors.at(0).status);
    }

    void drainEndsIdleConnectionsOnly()
    {
        Loop loop;
        Echo echo(loop);
        Cancellation drain;
        Pair idle;
        Pair busy;
        Far idleFar(idle.far);
        Far busyFar(busy.far);
        echo.accept(idle.near, &drain);
        echo.accept(busy.near, &drain);
        busyFar.write("POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhe");
        loop.runUntil([] { return false; }, 5);
        drain.cancel(CancelReason::shutdown);
        runUntil(loop, [&] { return idleFar.pump(); });
        CPPUNIT_ASSERT_EQUAL(size_t{1}, echo.tasks.running());
        busyFar.write("llo");
        runUntil(loop, [&] { return busyFar.has("POST /p hello"); });
        runUntil(loop, [&] { return echo.tasks.running() == 0; });
    }

    void badHeadsAreAnsweredAndClosed()
    {
        Loop loop;
        Echo echo(loop);
        CPPUNIT_ASSERT(talk(echo, "GET / HTTP/1.1\r\nHost : a\r\n\r\n", 0, 1).starts_with("HTTP/1.1 400 "));
        CPPUNIT_ASSERT(talk(echo, "GET / HTTP/1.1\nHost: a\n\n", 0, 1).starts_with("HTTP/1.1 400 "));
        CPPUNIT_ASSERT(
            talk(echo, "GET /" + std::string(9000, 'a') + " HTTP/1.1\r\n\r\n", 0, 1).starts_with("HTTP/1.1 414 "));
        CPPUNIT_ASSERT(talk(echo, "\x16\x03\x01\x02", 0, 1).starts_with("HTTP/1.1 400 "));
        // What is smuggled behind a refused head is never read as a request.
        talk(echo,
             "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET "
             "/smuggled HTTP/1.1\r\nHost: a\r\n\r\n",
             0, 1);
        CPPUNIT_ASSERT(echo.seen.empty());
    }

    void hangupCancelsAWaiterInTheSameTurn()
    {
        Loop loop;
        ServerLimits limits;
        for (int how = 0; how < 2; ++how)
        {
            Pair pair;
            Far far(pair.far);
            Wake woken = Wake::none;
            CancelReason reason = CancelReason::none;
            int64_t turn = -1;
            int64_t turns = 0;
            loop.spawn(waitsForever(loop, pair.near, limits, woken, reason, turn, turns));
            far.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
            loop.runUntil([] { return false; }, 10);
            CPPUNIT_ASSERT(woken == Wake::none);
            if (how == 0)
                ::shutdown(far.descriptor(), SHUT_WR);
            else
                far.close();
            bool first = true;
            loop.runUntil([&] { return !std::exchange(first, false); }, kBound); // exactly one turn
            CPPUNIT_ASSERT(woken == Wake::cancelled && reason == CancelReason::clientGone);
            CPPUNIT_ASSERT_EQUAL(int64_t{0}, turn);
            CPPUNIT_ASSERT_EQUAL(size_t{0}, loop.tasks());
        }
    }

    void headAndFirstFrameLeaveTogether()
    {
        Loop loop;
        ServerLimits limits;
        int both[2]; // a packet for each system call
        CPPUNIT_ASSERT_EQUAL(0, ::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, both));
        Far far(both[1]);
        Io last = Io::again;
        bool kept = false;
        loop.spawn(streams(loop, both[0], limits, {"one", "two"}, last, kept));
        far.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        runUntil(loop, [&] { return kept; });
        std::vector<std::string> packets;
        char buffer[4096];
        for (ssize_t got; (got = ::recv(far.descriptor(), buffer, sizeof(buffer), MSG_DONTWAIT)) > 0;)
            packets.emplace_back(buffer, static_cast<size_t>(got));
        CPPUNIT_ASSERT_EQUAL(size_t{3}, packets.size());
        CPPUNIT_ASSERT(packets[0].starts_with("HTTP/1.1 200 OK\r\n") &&
                       packets[0].ends_with("\r\n\r\nb\r\ndata: one\n\n\r\n"));
        CPPUNIT_ASSERT(packets[0].find("Transfer-Encoding: chunked\r\n") != std::string::npos);
        CPPUNIT_ASSERT_EQUAL(std::string("b\r\ndata: two\n\n\r\n"), packets[1]);
        CPPUNIT_ASSERT_EQUAL(std::string("0\r\n\r\n"), packets[2]);
    }

    void oldClientsGetNoChunks()
    {
        Loop loop;
        ServerLimits limits;
        Pair pair;
        Far far(pair.far);
        Io last = Io::again;
        bool kept = true;
        loop.spawn(streams(loop, pair.near, limits, {"one"}, last, kept));
        far.write("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
        runUntil(loop, [&] { return far.pump(); });
        CPPUNIT_ASSERT(far.received.ends_with("Connection: close\r\n\r\ndata: one\n\n"));
        CPPUNIT_ASSERT(!kept);
    }

    void headRequestsGetNoBody()
    {
        Loop loop;
        Echo echo(loop);
        const std::string answer =
            talk(echo, "HEAD /h HTTP/1.1\r\nHost: a\r\n\r\nGET /g HTTP/1.1\r\nHost: a\r\n\r\n", 0, 2);
        CPPUNIT_ASSERT(answer.find("Content-Length: 8\r\n") != std::string::npos);
        const size_t end = answer.find("\r\n\r\n");
        CPPUNIT_ASSERT_EQUAL(std::string("HTTP/1.1 200 OK"), answer.substr(end + 4, 15));
    }

    void clientsThatTakeNothingAreGivenUp()
    {
        Loop loop;
        ServerLimits limits;
        limits.writeStallMs = 40;
        Pair pair;
        Far far(pair.far);
        Io last = Io::again;
        bool kept = false;
        loop.spawn(
            streams(loop, pair.near, limits, std::vector<std::string>(200, std::string(100'000, 'x')), last, kept));
        far.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        runUntil(loop, [&] { return loop.tasks() == 0; });
        CPPUNIT_ASSERT(last == Io::timeout);
    }

    void listenersRefuseAboveTheCap()
    {
        Loop loop;
        ConnectionSlots slots(2);
        std::vector<Accepted> accepted;
        auto listener =
            Listener::tcp(loop, "127.0.0.1", 0, slots, [&](Accepted one) { accepted.push_back(std::move(one)); });
        CPPUNIT_ASSERT(listener.ok());
        std::vector<std::unique_ptr<Far>> clients;
        for (int i = 0; i < 3; ++i)
        {
            clients.push_back(std::make_unique<Far>(::socket(AF_INET, SOCK_STREAM, 0)));
            sockaddr_storage raw;
            const unsigned length = IpAddress::parse("127.0.0.1", (*listener)->port())->toSockaddr(raw);
            CPPUNIT_ASSERT_EQUAL(0, ::connect(clients.back()->descriptor(), reinterpret_cast<sockaddr*>(&raw), length));
        }
        runUntil(loop, [&] { return clients[2]->pump(); });
        CPPUNIT_ASSERT(clients[2]->received.starts_with("HTTP/1.1 503 "));
        CPPUNIT_ASSERT_EQUAL(size_t{2}, accepted.size());
        CPPUNIT_ASSERT_EQUAL(std::string("127.0.0.1"), accepted[0].peer.text());
        for (Accepted& one : accepted)
            ::close(one.descriptor);
        accepted.clear();
        CPPUNIT_ASSERT_EQUAL(size_t{0}, slots.used());
        CPPUNIT_ASSERT(!Listener::tcp(loop, "not an address", 0, slots, nullptr).ok());
        const auto taken = Listener::tcp(loop, "192.0.2.1", 0, slots, nullptr);
        CPPUNIT_ASSERT(!taken.ok() && taken.error().find("192.0.2.1") != std::string::npos);
    }

    void unixSocketsAreReplacedWhenDead()
    {
        Loop loop;
        ConnectionSlots slots(10);
        char folder[] = "/tmp/net_test_XXXXXX";
        CPPUNIT_ASSERT(mkdtemp(folder));
        const std::string path = std::string(folder) + "/s";
        int accepted = 0;
        auto receive = [&](Accepted one)
        {
            ++accepted;
            ::close(one.descriptor);
        };
        const int dead = ::socket(AF_UNIX, SOCK_STREAM, 0); // what a crashed process leaves behind
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::copy(path.begin(), path.end(), address.sun_path);
        CPPUNIT_ASSERT_EQUAL(0, ::bind(dead, reinterpret_cast<sockaddr*>(&address), sizeof(address)));
        ::close(dead);
        {
            auto listener = Listener::unixSocket(loop, path, 0600, slots, receive);
            CPPUNIT_ASSERT_MESSAGE("replaced", listener.ok());
            auto second = Listener::unixSocket(loop, path, 0600, slots, receive);
            CPPUNIT_ASSERT_MESSAGE("in use", !second.ok());
            Far client(::socket(AF_UNIX, SOCK_STREAM, 0));
            CPPUNIT_ASSERT_EQUAL(
                0, ::connect(client.descriptor(), reinterpret_cast<sockaddr*>(&address), sizeof(address)));
            runUntil(loop, [&] { return accepted >= 1; });
        }
        CPPUNIT_ASSERT(::access(path.c_str(), F_OK) != 0);
        ::rmdir(folder);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ServerTest);
