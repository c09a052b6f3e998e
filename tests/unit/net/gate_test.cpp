#include "net/gate.h"
#include "net/head_parser.h"

#include <cppunit/extensions/HelperMacros.h>

#include <string>

using namespace switchyard::net;

namespace
{

struct Row
{
    const char* why;
    std::string head;
    int status; // 0: passes
};

std::string with(int byte, std::string before, std::string_view after)
{
    before.push_back(static_cast<char>(byte));
    before.append(after);
    return before;
}

const std::string kHost = "Host: a\r\n";

// The whole way of a head: scanner, gate, parser, gate.
int requestStatus(std::string head, RequestHead& parsed)
{
    HeadScanner scanner;
    const size_t length = scanner.scan(head, {});
    if (scanner.refusal()) return scanner.refusal().status;
    if (length != head.size()) return -1;
    static thread_local std::string kept;
    kept = std::move(head);
    std::string again = kept;
    RequestHead byLibrary;
    const int status = HeadParser::requestByLibrary(again, byLibrary).status;
    CPPUNIT_ASSERT_EQUAL_MESSAGE("the parser library thinks the same of " + kept, status,
                                 HeadParser::parseRequest(kept, parsed).status);
    if (status == 0) CPPUNIT_ASSERT_EQUAL(byLibrary.headers.size(), parsed.headers.size());
    return status;
}

int requestStatus(const std::string& head)
{
    RequestHead parsed;
    return requestStatus(head, parsed);
}

bool responsePasses(std::string head, ResponseHead& parsed, bool headRequest = false)
{
    HeadScanner scanner;
    const size_t length = scanner.scan(head, {64 * 1024, 64 * 1024, 400});
    if (scanner.refusal() || length != head.size()) return false;
    static thread_local std::string kept;
    kept = std::move(head);
    std::string again = kept;
    ResponseHead byLibrary;
    const bool passes = !HeadParser::responseByLibrary(again, byLibrary, headRequest);
    CPPUNIT_ASSERT_EQUAL_MESSAGE("the parser library thinks the same of " + kept, passes,
                                 !HeadParser::parseResponse(kept, parsed, headRequest));
    if (passes) CPPUNIT_ASSERT_EQUAL(byLibrary.headers.size(), parsed.headers.size());
    return passes;
}

} // namespace

class GateTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(GateTest);
    CPPUNIT_TEST(requestsThatMustBeRefusedAre);
    CPPUNIT_TEST(properRequestsPass);
    CPPUNIT_TEST(answersThatMustBeRefusedAre);
    CPPUNIT_TEST(properAnswersPass);
    CPPUNIT_TEST(everyByteOfNameValueAndTarget);
    CPPUNIT_TEST(limitsAreRefusedWhileTheHeadStillComes);
    CPPUNIT_TEST(scannerFindsTheEndAtEveryCut);
    CPPUNIT_TEST(framingAndKeepAliveFollowTheRfc);
    CPPUNIT_TEST_SUITE_END();

public:
    void requestsThatMustBeRefusedAre()
    {
        const Row rows[] = {
            {"blank before the colon", "GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400},
            {"tab before the colon", "GET / HTTP/1.1\r\nHost\t: a\r\n\r\n", 400},
            {"blank inside a name", "GET / HTTP/1.1\r\n" + kHost + "X Y: 1\r\n\r\n", 400},
            {"bare LF after the request line", "GET / HTTP/1.1\n" + kHost + "\r\n", 400},
            {"bare LF after a header", "GET / HTTP/1.1\r\nHost: a\n\r\n", 400},
            {"bare LF as the blank line", "GET / HTTP/1.1\r\n" + kHost + "\n", 400},
            {"bare CR in a value", "GET / HTTP/1.1\r\n" + kHost + "X: a\rb\r\n\r\n", 400},
            {"bare CR before CR LF", "GET / HTTP/1.1\r\n" + kHost + "X: a\r\r\n\r\n", 400},
            {"folded header", "GET / HTTP/1.1\r\n" + kHost + "X: a\r\n b\r\n\r\n", 400},
            {"folded with a tab", "GET / HTTP/1.1\r\n" + kHost + "X: a\r\n\tb\r\n\r\n", 400},
            {"first header folded", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400},
            {"no Host", "GET / HTTP/1.1\r\n\r\n", 400},
            {"several Host", "GET / HTTP/1.1\r\n" + kHost + kHost + "\r\n", 400},
            {"empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", 400},
            {"Host with a path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400},
            {"Host with a user", "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", 400},
            {"two hosts in one", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400},
            {"HTTP/0.9", "GET /\r\n\r\n", 400},
            {"HTTP/0.9 in words", "GET / HTTP/0.9\r\n" + kHost + "\r\n", 505},
            {"HTTP/2.0", "GET / HTTP/2.0\r\n" + kHost + "\r\n", 505},
            {"HTTP/1.2", "GET / HTTP/1.2\r\n" + kHost + "\r\n", 505},
            {"lower-case version", "GET / http/1.1\r\n" + kHost + "\r\n", 400},
            {"another protocol", "GET / ICY/1.1\r\n" + kHost + "\r\n", 400},
            {"0xFF in the URL", "GET /\xFF HTTP/1.1\r\n" + kHost + "\r\n", 400},
            {"control byte in the URL", "GET /\x01 HTTP/1.1\r\n" + kHost + "\r\n", 400},
            {"DEL in the URL", "GET /\x7F HTTP/1.1\r\n" + kHost + "\r\n", 400},
            {"tab in the URL", "GET /\ta HTTP/1.1\r\n" + kHost + "\r\n", 400},
            {"fragment in the URL", "GET /a#b HTTP/1.1\r\n" + kHost + "\r\n", 400},
            {"two blanks", "GET  / HTTP/1.1\r\n" + kHost + "\r\n", 400},
            {"blank at the end of the line", "GET / HTTP/1.1 \r\n" + kHost + "\r\n", 400},
            {"no path", "GET a HTTP/1.1\r\n" + kHost + "\r\n", 400},
            {"star for GET", "GET * HTTP/1.1\r\n" + kHost + "\r\n", 400},
            {"ftp URL", "GET ftp://a/ HTTP/1.1\r\n" + kHost + "\r\n", 400},
            {"URL of another host", "GET http://b/ HTTP/1.1\r\n" + kHost + "\r\n", 400},
            {"CONNECT", "CONNECT a:1 HTTP/1.1\r\n" + kHost + "\r\n", 400},
            {"CONNECT with a path", "CONNECT /a HTTP/1.1\r\n" + kHost + "\r\n", 501},
            {"unknown method", "BREW / HTTP/1.1\r\n" + kHost + "\r\n", 501},
            {"lower-case method", "get / HTTP/1.1\r\n" + kHost + "\r\n", 501},
            {"NUL in a value", with(0, "GET / HTTP/1.1\r\nHost: a\r\nX: a", "b\r\n\r\n"), 400},
            {"control byte in a value", "GET / HTTP/1.1\r\n" + kHost + "X: a\x0b\r\n\r\n", 400},
            {"header without a name", "GET / HTTP/1.1\r\n" + kHost + ": a\r\n\r\n", 400},
            {"line without a colon", "GET / HTTP/1.1\r\n" + kHost + "X\r\n\r\n", 400},
            {"byte over 0x7F in a name", "GET / HTTP/1.1\r\n" + kHost + "X\xC3: a\r\n\r\n", 400},
            {"both lengths", "POST / HTTP/1.1\r\n" + kHost + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
             400},
            {"both lengths, other order",
             "POST / HTTP/1.1\r\n" + kHost + "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n", 400},
            {"two Content-Length", "POST / HTTP/1.1\r\n" + kHost + "Content-Length: 3\r\nContent-Length: 3\r\n\r\n",
             400},
            {"list of lengths", "POST / HTTP/1.1\r\n" + kHost + "Content-Length: 3, 3\r\n\r\n", 400},
            {"signed length", "POST / HTTP/1.1\r\n" + kHost + "Content-Length: +3\r\n\r\n", 400},
            {"negative length", "POST / HTTP/1.1\r\n" + kHost + "Content-Length: -3\r\n\r\n", 400},
            {"hexadecimal length", "POST / HTTP/1.1\r\n" + kHost + "Content-Length: 0x3\r\n\r\n", 400},
            {"blank inside a length", "POST / HTTP/1.1\r\n" + kHost + "Content-Length: 3 3\r\n\r\n", 400},
            {"empty length", "POST / HTTP/1.1\r\n" + kHost + "Content-Length:\r\n\r\n", 400},
            {"endless length", "POST / HTTP/1.1\r\n" + kHost + "Content-Length: 99999999999999999999\r\n\r\n", 400},
            {"identity, chunked", "POST / HTTP/1.1\r\n" + kHost + "Transfer-Encoding: identity, chunked\r\n\r\n", -400},
            {"gzip, chunked", "POST / HTTP/1.1\r\n" + kHost + "Transfer-Encoding: gzip, chunked\r\n\r\n", -400},
            {"chunked, chunked", "POST / HTTP/1.1\r\n" + kHost + "Transfer-Encoding: chunked, chunked\r\n\r\n", -400},
            {"chunked twice",
             "POST / HTTP/1.1\r\n" + kHost + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", -400},
            {"identity", "POST / HTTP/1.1\r\n" + kHost + "Transfer-Encoding: identity\r\n\r\n", -400},
            {"xchunked", "POST / HTTP/1.1\r\n" + kHost + "Transfer-Encoding: xchunked\r\n\r\n", -400},
            {"quoted chunked", "POST / HTTP/1.1\r\n" + kHost + "Transfer-Encoding: \"chunked\"\r\n\r\n", -400},
            {"vertical tab before chunked",
             "POST / HTTP/1.1\r\n" + kHost +
                 "Transfer-Encoding: \x0b"
                 "chunked\r\n\r\n",
             400},
            {"chunked in HTTP/1.0", "POST / HTTP/1.0\r\n" + kHost + "Transfer-Encoding: chunked\r\n\r\n", 400},
            {"unknown expectation", "POST / HTTP/1.1\r\n" + kHost + "Expect: tea\r\nContent-Length: 1\r\n\r\n", 417},
            {"TLS", "\x16\x03\x01", 400},
            {"blank at the beginning", " GET / HTTP/1.1\r\n" + kHost + "\r\n", 400},
            {"LF at the beginning", "\nGET / HTTP/1.1\r\n" + kHost + "\r\n", 400},
        };
        for (const Row& row : rows)
        {
            const int status = requestStatus(row.head);
            if (row.status < 0) // which one is a matter of taste: 400 or 501
                CPPUNIT_ASSERT_MESSAGE(row.why, status == 400 || status == 501);
            else
                CPPUNIT_ASSERT_EQUAL_MESSAGE(row.why, row.status, status);
        }
    }

    void properRequestsPass()
    {
        RequestHead head;
        CPPUNIT_ASSERT_EQUAL(
            0, requestStatus("POST /v1/chat/completions?x=1&y HTTP/1.1\r\nHOST: a.example:80\r\nX-Title:  \xE4\xBD\xA0 "
                             "\t\r\nEmpty:\r\n"
                             "Content-Length: 12\r\nContent-Encoding: GZIP\r\nExpect: 100-Continue\r\n\r\n",
                             head));
        CPPUNIT_ASSERT_EQUAL(std::string("POST"), std::string(head.method));
        CPPUNIT_ASSERT_EQUAL(std::string("/v1/chat/completions"), std::string(head.path));
        CPPUNIT_ASSERT_EQUAL(std::string("x=1&y"), std::string(head.query));
        CPPUNIT_ASSERT_EQUAL(std::string("a.example:80"), std::string(head.host));
        CPPUNIT_ASSERT_EQUAL(std::string("\xE4\xBD\xA0"), std::string(head.headers.find("x-title")));
        CPPUNIT_ASSERT(head.headers.has("empty") && head.headers.find("empty").empty());
        CPPUNIT_ASSERT(!head.headers.has("missing"));
        CPPUNIT_ASSERT_EQUAL(int64_t{12}, head.contentLength);
        CPPUNIT_ASSERT(head.expectContinue && head.encoding == Encoding::gzip && head.hasBody());

        const Row rows[] = {
            {"every method we know", "DELETE /a HTTP/1.1\r\n" + kHost + "\r\n", 0},
            {"absolute form", "GET http://a/x?y HTTP/1.1\r\n" + kHost + "\r\n", 0},
            {"absolute form without a path", "GET http://a HTTP/1.1\r\n" + kHost + "\r\n", 0},
            {"OPTIONS *", "OPTIONS * HTTP/1.1\r\n" + kHost + "\r\n", 0},
            {"IPv6 host", "GET / HTTP/1.1\r\nHost: [::1]:3000\r\n\r\n", 0},
            {"HTTP/1.0 without Host", "GET / HTTP/1.0\r\n\r\n", 0},
            {"odd but allowed name", "GET / HTTP/1.1\r\n" + kHost + "!#$%&'*+-.^_`|~: x\r\n\r\n", 0},
            {"upgrade offered", "GET / HTTP/1.1\r\n" + kHost + "Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n", 0},
            {"quotes and brackets in the query", "GET /?q=\"{}[]|\\^ HTTP/1.1\r\n" + kHost + "\r\n", 0},
        };
        for (const Row& row : rows)
            CPPUNIT_ASSERT_EQUAL_MESSAGE(row.why, row.status, requestStatus(row.head));
    }

    void answersThatMustBeRefusedAre()
    {
        const Row rows[] = {
            {"not HTTP", "SSH-2.0-OpenSSH_9.2\r\n\r\n", 1},
            {"HTTP/2", "HTTP/2 200\r\n\r\n", 1},
            {"HTTP/1.2", "HTTP/1.2 200 OK\r\n\r\n", 1},
            {"ICY", "ICY 200 OK\r\n\r\n", 1},
            {"two digits", "HTTP/1.1 20 OK\r\n\r\n", 1},
            {"four digits", "HTTP/1.1 2000 OK\r\n\r\n", 1},
            {"status 099", "HTTP/1.1 099 OK\r\n\r\n", 1},
            {"status 600", "HTTP/1.1 600 OK\r\n\r\n", 1},
            {"bare LF", "HTTP/1.1 200 OK\nA: b\r\n\r\n", 1},
            {"blank before the colon", "HTTP/1.1 200 OK\r\nA : b\r\n\r\n", 1},
            {"folded header", "HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n", 1},
            {"NUL in a value", with(0, "HTTP/1.1 200 OK\r\nA: b", "\r\n\r\n"), 1},
            {"control byte in the phrase", "HTTP/1.1 200 O\x01K\r\n\r\n", 1},
            {"both lengths", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 1},
            {"two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 1},
            {"bad length", "HTTP/1.1 200 OK\r\nContent-Length: abc\r\n\r\n", 1},
            {"chunked in HTTP/1.0", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", 1},
            {"gzip, chunked", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 1},
        };
        ResponseHead head;
        for (const Row& row : rows)
            CPPUNIT_ASSERT_MESSAGE(row.why, !responsePasses(row.head, head));
    }

    void properAnswersPass()
    {
        ResponseHead head;
        CPPUNIT_ASSERT(
            responsePasses("HTTP/1.1 200 \r\nContent-Type: a\r\nSet-Cookie: 1\r\nSet-Cookie: 2\r\n\r\n", head));
        CPPUNIT_ASSERT_EQUAL(size_t{3}, head.headers.size());
        CPPUNIT_ASSERT(responsePasses("HTTP/1.1 200\r\n\r\n", head)); // without the blank, seen in the wild
        CPPUNIT_ASSERT(responsePasses("HTTP/1.0 404 N\xC3\xA3o\r\nA: \xFF\r\n\r\n", head));
        CPPUNIT_ASSERT_EQUAL(404, head.status);
    }

    void everyByteOfNameValueAndTarget()
    {
        for (int i = 0; i < 256; ++i)
        {
            const char c = static_cast<char>(i);
            const std::string shown = "byte " + std::to_string(i);
            const bool token =
                isalnum(i) ? i < 128 : i != 0 && i < 128 && std::string("!#$%&'*+-.^_`|~").find(c) != std::string::npos;
            const bool value = c == '\t' || (i >= 0x20 && i != 0x7F);
            const bool target = i > 0x20 && i < 0x7F && c != '#';
            if (c != ':') // makes another name
                CPPUNIT_ASSERT_EQUAL_MESSAGE(
                    shown, token, requestStatus(with(i, "GET / HTTP/1.1\r\nHost: a\r\nX", "Y: 1\r\n\r\n")) == 0);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(shown, value,
                                         requestStatus(with(i, "GET / HTTP/1.1\r\nHost: a\r\nX: a", "b\r\n\r\n")) == 0);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(shown, target,
                                         requestStatus(with(i, "GET /a", "b HTTP/1.1\r\nHost: a\r\n\r\n")) == 0);
        }
    }

    void limitsAreRefusedWhileTheHeadStillComes()
    {
        auto refused = [](const std::string& bytes)
        {
            HeadScanner scanner;
            scanner.scan(bytes, {});
            return scanner.refusal().status;
        };
        CPPUNIT_ASSERT_EQUAL(414, refused("GET /" + std::string(9000, 'a')));
        CPPUNIT_ASSERT_EQUAL(431, refused("GET / HTTP/1.1\r\nX: " + std::string(9000, 'a')));
        std::string large = "GET / HTTP/1.1\r\n";
        for (int i = 0; i < 9; ++i)
            large += "X: " + std::string(8000, 'a') + "\r\n";
        CPPUNIT_ASSERT_EQUAL(431, refused(large));
        std::string many = "GET / HTTP/1.1\r\n";
        for (int i = 0; i < 101; ++i)
            many += "X: a\r\n";
        CPPUNIT_ASSERT_EQUAL(431, refused(many));
        CPPUNIT_ASSERT_EQUAL(0, refused("GET / HTTP/1.1\r\nX: " + std::string(8000, 'a')));
    }

    void scannerFindsTheEndAtEveryCut()
    {
        const std::string head = "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n";
        const std::string bytes = head + "body";
        for (size_t cut = 0; cut < bytes.size(); ++cut)
        {
            HeadScanner scanner;
            const size_t early = scanner.scan(std::string_view(bytes).substr(0, cut), {});
            CPPUNIT_ASSERT_EQUAL(cut >= head.size() ? head.size() : size_t{0}, early);
            CPPUNIT_ASSERT(!scanner.refusal());
            if (!early) CPPUNIT_ASSERT_EQUAL(head.size(), scanner.scan(bytes, {}));
        }
    }

    void framingAndKeepAliveFollowTheRfc()
    {
        RequestHead request;
        requestStatus("GET / HTTP/1.1\r\n" + kHost + "Connection: foo , CLOSE\r\n\r\n", request);
        CPPUNIT_ASSERT(!request.keepAlive && !request.hasBody());
        requestStatus("GET / HTTP/1.0\r\n\r\n", request);
        CPPUNIT_ASSERT(!request.keepAlive);
        requestStatus("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", request);
        CPPUNIT_ASSERT(request.keepAlive);
        requestStatus("POST / HTTP/1.1\r\n" + kHost + "Transfer-Encoding: Chunked\r\n\r\n", request);
        CPPUNIT_ASSERT(request.framing == Framing::chunked && request.keepAlive);

        ResponseHead answer;
        const std::string sized = "Content-Length: 5\r\n\r\n";
        CPPUNIT_ASSERT(responsePasses("HTTP/1.1 200 OK\r\n" + sized, answer) && answer.framing == Framing::length);
        CPPUNIT_ASSERT(responsePasses("HTTP/1.1 200 OK\r\n" + sized, answer, true) && answer.framing == Framing::none);
        CPPUNIT_ASSERT(responsePasses("HTTP/1.1 204 OK\r\n" + sized, answer) && answer.framing == Framing::none);
        CPPUNIT_ASSERT(responsePasses("HTTP/1.1 304 OK\r\n" + sized, answer) && answer.framing == Framing::none);
        CPPUNIT_ASSERT(responsePasses("HTTP/1.1 200 OK\r\n\r\n", answer) && answer.framing == Framing::untilClose &&
                       !answer.keepAlive);
        CPPUNIT_ASSERT(responsePasses("HTTP/1.0 200 OK\r\n" + sized, answer) && !answer.keepAlive);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(GateTest);
