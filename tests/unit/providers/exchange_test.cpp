// The rules of provider.h that the host keeps, one table and one story at a time.
#include "../../support/scripted_provider.h"
#include "providers/exchange.h"

#include <cppunit/extensions/HelperMacros.h>

#include <cstdint>
#include <memory>
#include <vector>

using namespace switchyard;
using namespace switchyard::providers;

namespace
{

constexpr std::string_view kUrl = "http://127.0.0.1:1/v1";

/// An exchange with a script, a sink and a response head that outlives both.
struct Stage
{
    explicit Stage(std::function<void(const swy_actions_t&, const swy_event_t&)> onEvent) : channel(script)
    {
        script.onEvent = std::move(onEvent);
        request.operation = "chat.completions";
        request.dialect = "openai";
        request.body = body;
        head.status = 200;
        head.headers.add({"content-type", "text/event-stream"});
        exchange = std::make_unique<Exchange>(channel.object(), request, limits, sink);
    }
    void start()
    {
        exchange->start();
        exchange->apply();
    }
    /// Starts, and lets the first request be answered with a head.
    void startAndAnswer()
    {
        start();
        const auto asked = exchange->takeRequest();
        CPPUNIT_ASSERT(asked);
        exchange->responseHead(asked->id(), head);
        exchange->apply();
    }

    std::string body = R"({"model":"m"})" + std::string(64, '\0');
    Script script;
    ScriptedChannel channel;
    ExchangeRequest request;
    ExchangeLimits limits;
    RecordingSink sink;
    net::ResponseHead head;
    std::unique_ptr<Exchange> exchange;
};

const swy_start_t& startOf(const swy_event_t& event) { return *static_cast<const swy_start_t*>(event.payload); }

} // namespace

class ExchangeTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ExchangeTest);
    CPPUNIT_TEST(startCarriesTheRequest);
    CPPUNIT_TEST(eachBrokenRuleFailsTheExchange);
    CPPUNIT_TEST(whatExceedsALimitFailsTheExchange);
    CPPUNIT_TEST(anEventThatLeavesNothingOutstandingIsAFault);
    CPPUNIT_TEST(afterTheEndActionsAreRefusedAndNoEventFollows);
    CPPUNIT_TEST(outputsReachTheSinkInTheirOrder);
    CPPUNIT_TEST(aRequestIsCopiedAndFreed);
    CPPUNIT_TEST(forwardAtTheHeadTellsNothingMore);
    CPPUNIT_TEST(aLateForwardStartsAtByteZero);
    CPPUNIT_TEST(aForwardDecidedAtTheEndIsWhole);
    CPPUNIT_TEST(aForwardAfterTooMuchIsOverTheLimit);
    CPPUNIT_TEST(tapsReplaceDropFailAndReportUsage);
    CPPUNIT_TEST(aKeyGoesToNoForeignHost);
    CPPUNIT_TEST(requestsOverMaxParallelWait);
    CPPUNIT_TEST(afterCancelOnlyACleanUpIsAccepted);
    CPPUNIT_TEST(whatThisHostLacksIsRefusedByName);
    CPPUNIT_TEST(timersRunUntilStopped);
    CPPUNIT_TEST(theArenaIsZeroedAlignedAndBounded);
    CPPUNIT_TEST(failCarriesWhatUpstreamSaid);
    CPPUNIT_TEST(theSinksRefusalEndsTheExchange);
    CPPUNIT_TEST_SUITE_END();

public:
    void startCarriesTheRequest()
    {
        bool seen = false;
        Stage stage(
            [&](const swy_actions_t& actions, const swy_event_t& event)
            {
                const swy_start_t& start = startOf(event);
                seen = event.kind == SWY_EVENT_START &&
                       std::string(start.operation.data, start.operation.size) == "chat.completions" &&
                       start.body.size == 13 + 64 && start.flags == SWY_START_STREAM && start.attempt == 3 &&
                       start.random && event.now > 1'600'000'000'000 && start.max_parallel == 8;
                actions.finish(actions.context);
            });
        stage.request.stream = true;
        stage.request.attempt = 3;
        stage.start();
        CPPUNIT_ASSERT(seen);
        CPPUNIT_ASSERT(stage.exchange->state() == Exchange::State::finished);
        CPPUNIT_ASSERT_EQUAL(1, stage.script.exchanges);
        stage.exchange.reset();
        CPPUNIT_ASSERT_EQUAL(0, stage.script.exchanges);
    }

    void eachBrokenRuleFailsTheExchange()
    {
        struct Case
        {
            const char* name;
            std::function<swy_status_t(const swy_actions_t&)> act;
        };
        const auto http = [](swy_http_request_t request)
        { return [request](const swy_actions_t& a) { return a.http_request(a.context, &request); }; };
        const auto withHeader = [&](std::string_view name, std::string_view value)
        {
            return [name, value](const swy_actions_t& a)
            {
                const swy_given_header_t header{given(name), given(value)};
                swy_http_request_t request = requestFor(1, kUrl);
                request.headers = &header;
                request.header_count = 1;
                return a.http_request(a.context, &request);
            };
        };
        const auto withPiece = [](swy_piece_t piece)
        {
            return [piece](const swy_actions_t& a)
            {
                swy_http_request_t request = requestFor(1, kUrl);
                request.body = &piece;
                request.body_count = 1;
                return a.http_request(a.context, &request);
            };
        };
        swy_http_request_t badMethod = requestFor(1, kUrl);
        badMethod.method = given("PO ST");
        swy_http_request_t small = requestFor(1, kUrl);
        small.struct_size = 8;
        const Case cases[] = {
            {"id 0", http(requestFor(0, kUrl))},
            {"method", http(badMethod)},
            {"struct_size", http(small)},
            {"scheme", http(requestFor(1, "ftp://127.0.0.1/"))},
            {"relative", http(requestFor(1, "/v1"))},
            {"user name in the URL", http(requestFor(1, "http://a:b@127.0.0.1/"))},
            {"clean-up before a cancel", http(requestFor(1, kUrl, SWY_HTTP_CLEANUP))},
            {"Host", withHeader("hOsT", "x")},
            {"Content-Length", withHeader("Content-Length", "1")},
            {"Accept-Encoding", withHeader("accept-encoding", "br")},
            {"Connection", withHeader("Connection", "close")},
            {"Transfer-Encoding", withHeader("Transfer-Encoding", "chunked")},
            {"no token", withHeader("a b", "x")},
            {"empty name", withHeader("", "x")},
            {"LF in a value", withHeader("x", "a\nb")},
            {"NUL in a value", withHeader("x", std::string_view("a\0b", 3))},
            {"beyond the body", withPiece({SWY_PIECE_CLIENT_BODY, 0, {}, 0, 70, 8})},
            {"overflow", withPiece({SWY_PIECE_CLIENT_BODY, 0, {}, 0, 1, UINT64_MAX})},
            {"media that never came", withPiece({SWY_PIECE_MEDIA, 0, {}, 4, 0, 0})},
            {"unknown piece", withPiece({99, 0, {}, 0, 0, 0})},
            {"id in use",
             [](const swy_actions_t& a)
             {
                 const swy_http_request_t request = requestFor(1, kUrl);
                 return a.http_request(a.context, &request) ? 99u : a.http_request(a.context, &request);
             }},
            {"forward before an answer",
             [](const swy_actions_t& a)
             {
                 const swy_http_request_t request = requestFor(1, kUrl);
                 const swy_forward_t forward = forwardOf(1);
                 return a.http_request(a.context, &request) ? 99u : a.forward(a.context, &forward);
             }},
            {"forward of nothing",
             [](const swy_actions_t& a)
             {
                 const swy_forward_t forward = forwardOf(5);
                 return a.forward(a.context, &forward);
             }},
            {"delta after emit",
             [](const swy_actions_t& a)
             {
                 const swy_delta_t delta{sizeof(delta), SWY_DELTA_TEXT, 0, 0, given("x"), {}, {}, {}};
                 return a.emit(a.context, given("x")) ? 99u : a.delta(a.context, &delta);
             }},
            {"answer head after emit",
             [](const swy_actions_t& a)
             {
                 const swy_answer_head_t head{sizeof(head), 200, nullptr, 0, 0};
                 return a.emit(a.context, given("x")) ? 99u : a.answer_head(a.context, &head);
             }},
            {"answer head with a length",
             [](const swy_actions_t& a)
             {
                 const swy_given_header_t header{given("Content-Length"), given("1")};
                 const swy_answer_head_t head{sizeof(head), 200, &header, 1, 0};
                 return a.answer_head(a.context, &head);
             }},
            {"answer head of a hundred",
             [](const swy_actions_t& a)
             {
                 const swy_answer_head_t head{sizeof(head), 100, nullptr, 0, 0};
                 return a.answer_head(a.context, &head);
             }},
            {"negative usage",
             [](const swy_actions_t& a)
             {
                 const swy_count_t count{given("input_tokens"), -1};
                 const swy_usage_t usage{sizeof(usage), 0, &count, 1, 0};
                 return a.usage(a.context, &usage);
             }},
            {"tap_replace without a tap", [](const swy_actions_t& a) { return a.tap_replace(a.context, given("x")); }},
            {"tap_drop without a tap", [](const swy_actions_t& a) { return a.tap_drop(a.context); }},
            {"a timer of two days", [](const swy_actions_t& a) { return a.timer_start(a.context, 1, 172'800'000); }},
            {"credential_ready", [](const swy_actions_t& a) { return a.credential_ready(a.context, given("x"), 1); }},
        };
        for (const Case& c : cases)
        {
            swy_status_t status = SWY_ACCEPTED;
            swy_status_t after = SWY_ACCEPTED;
            Stage stage(
                [&](const swy_actions_t& actions, const swy_event_t&)
                {
                    status = c.act(actions);
                    after = actions.finish(actions.context);
                });
            stage.start();
            CPPUNIT_ASSERT_EQUAL_MESSAGE(c.name, SWY_INVALID, status);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(c.name, SWY_INVALID, after); // sticky
            CPPUNIT_ASSERT_MESSAGE(c.name, stage.exchange->state() == Exchange::State::failed);
            CPPUNIT_ASSERT(stage.exchange->failure().cause == Cause::internal);
            CPPUNIT_ASSERT_MESSAGE(c.name, !stage.exchange->takeRequest());
        }
    }

    void whatExceedsALimitFailsTheExchange()
    {
        swy_status_t first = 99;
        swy_status_t second = 99;
        Stage stage(
            [&](const swy_actions_t& a, const swy_event_t&)
            {
                first = a.emit(a.context, given("12345678"));
                second = a.emit(a.context, given("9"));
            });
        stage.limits.maxOutputPerEvent = 8;
        stage.start();
        CPPUNIT_ASSERT_EQUAL(SWY_ACCEPTED, first);
        CPPUNIT_ASSERT_EQUAL(SWY_LIMIT, second);
        CPPUNIT_ASSERT(stage.exchange->state() == Exchange::State::failed);
    }

    void anEventThatLeavesNothingOutstandingIsAFault()
    {
        Stage silent([](const swy_actions_t&, const swy_event_t&) {});
        silent.start();
        CPPUNIT_ASSERT(silent.exchange->state() == Exchange::State::failed);

        // Also later: the last answer is over and nothing was said.
        Stage later(
            [](const swy_actions_t& a, const swy_event_t& event)
            {
                const swy_http_request_t request = requestFor(1, kUrl);
                if (event.kind == SWY_EVENT_START) a.http_request(a.context, &request);
            });
        later.startAndAnswer();
        CPPUNIT_ASSERT(!later.exchange->ended());
        later.exchange->responseBody(1, "x");
        CPPUNIT_ASSERT(!later.exchange->ended());
        later.exchange->responseEnd(1);
        CPPUNIT_ASSERT(later.exchange->state() == Exchange::State::failed);
    }

    void afterTheEndActionsAreRefusedAndNoEventFollows()
    {
        swy_status_t after = 0;
        Stage stage(
            [&](const swy_actions_t& a, const swy_event_t&)
            {
                const swy_http_request_t request = requestFor(1, kUrl);
                a.http_request(a.context, &request);
                a.finish(a.context);
                after = a.emit(a.context, given("late"));
            });
        stage.start();
        CPPUNIT_ASSERT_EQUAL(SWY_ENDED, after);
        CPPUNIT_ASSERT(!stage.exchange->takeRequest());
        stage.exchange->responseHead(1, stage.head);
        stage.exchange->responseEnd(1);
        stage.exchange->timer(1);
        stage.exchange->cancel(SWY_CANCEL_SHUTDOWN);
        CPPUNIT_ASSERT_EQUAL(size_t{1}, stage.script.events.size());
        CPPUNIT_ASSERT_EQUAL(std::string(), stage.sink.log);
    }

    void outputsReachTheSinkInTheirOrder()
    {
        Stage stage(
            [](const swy_actions_t& a, const swy_event_t&)
            {
                const swy_given_header_t header{given("Content-Type"), given("audio/mpeg")};
                const swy_answer_head_t head{sizeof(head), 201, &header, 1, 0};
                const swy_count_t counts[] = {{given("input_tokens"), 3}, {given("images"), 1}};
                const swy_usage_t usage{sizeof(usage), SWY_USAGE_FINAL, counts, 2, 0};
                const swy_piece_t pieces[] = {{SWY_PIECE_BYTES, 0, given("<"), 0, 0, 0},
                                              {SWY_PIECE_CLIENT_BODY, 0, {}, 0, 2, 5}};
                a.answer_head(a.context, &head);
                a.emit(a.context, given("one"));
                a.usage(a.context, &usage);
                a.emit_pieces(a.context, pieces, 2);
                a.finish(a.context);
            });
        stage.start();
        CPPUNIT_ASSERT_EQUAL(
            std::string(
                "head 201 content-type=audio/mpeg\nemit one\nusage final input_tokens=3 images=1\nemit <model\n"),
            stage.sink.log);
    }

    void aRequestIsCopiedAndFreed()
    {
        Stage stage(
            [](const swy_actions_t& a, const swy_event_t&)
            {
                std::string header = "x-test";
                std::string value = "v1";
                std::string bytes = "{\"a\":";
                const swy_given_header_t headers[] = {{given(header), given(value)}};
                const swy_piece_t pieces[] = {{SWY_PIECE_BYTES, 0, given(bytes), 0, 0, 0},
                                              {SWY_PIECE_CLIENT_BODY, 0, {}, 0, 9, 3}};
                swy_http_request_t request = requestFor(4, kUrl, SWY_HTTP_KEYED | SWY_HTTP_WHOLE);
                request.headers = headers;
                request.header_count = 1;
                request.body = pieces;
                request.body_count = 2;
                a.http_request(a.context, &request);
                header = value = bytes = "XXXXXX";
            });
        stage.start();
        auto asked = stage.exchange->takeRequest();
        CPPUNIT_ASSERT(asked && asked->id() == 4 && asked->whole() && asked->keyed());
        CPPUNIT_ASSERT(asked->method() == "POST" && asked->headers()[0].name == "x-test" &&
                       asked->headers()[0].value == "v1");
        CPPUNIT_ASSERT(asked->body()[0] == "{\"a\":" && asked->body()[1] == "\"m\"");
        CPPUNIT_ASSERT(asked->body()[1].data() == stage.request.body.data() + 9); // not copied
        asked->release();
        CPPUNIT_ASSERT(asked->headers().empty() && asked->body().empty());
    }

    /// Asks once and forwards when told to, by the event's kind.
    static auto forwardingAt(uint32_t kind, uint32_t needles = 0)
    {
        return [kind, needles](const swy_actions_t& a, const swy_event_t& event)
        {
            const swy_http_request_t request = requestFor(1, kUrl);
            static const swy_given_t needle[] = {{"usage", 5}};
            swy_forward_t forward = forwardOf(1);
            forward.needles = needle;
            forward.needle_count = needles;
            if (event.kind == SWY_EVENT_START) a.http_request(a.context, &request);
            if (event.kind == kind) a.forward(a.context, &forward);
        };
    }

    void forwardAtTheHeadTellsNothingMore()
    {
        Stage stage(forwardingAt(SWY_EVENT_RESPONSE_HEAD));
        stage.startAndAnswer();
        CPPUNIT_ASSERT_EQUAL(uint64_t{1}, stage.exchange->forwarding());
        CPPUNIT_ASSERT_EQUAL(size_t{2}, stage.script.events.size());
        stage.exchange->forwardEnded(nullptr);
        CPPUNIT_ASSERT(stage.exchange->state() == Exchange::State::finished);
        CPPUNIT_ASSERT_EQUAL(std::string("begin 200 openai\nend\n"), stage.sink.log);

        Stage broken(forwardingAt(SWY_EVENT_RESPONSE_HEAD));
        broken.startAndAnswer();
        providers::Failure reset;
        reset.cause = Cause::upstreamBroken;
        reset.message = "reset by peer";
        broken.exchange->forwardEnded(&reset);
        CPPUNIT_ASSERT(broken.exchange->state() == Exchange::State::failed);
        CPPUNIT_ASSERT_EQUAL(std::string("reset by peer"), broken.exchange->failure().message);

        Stage whole(forwardingAt(SWY_EVENT_RESPONSE_HEAD));
        whole.sink.wholeByItself = true; // [DONE] had come
        whole.startAndAnswer();
        whole.exchange->forwardEnded(&reset);
        CPPUNIT_ASSERT(whole.exchange->state() == Exchange::State::finished);
    }

    void aLateForwardStartsAtByteZero()
    {
        int bodies = 0;
        Stage stage(
            [&](const swy_actions_t& a, const swy_event_t& event)
            { forwardingAt(event.kind == SWY_EVENT_RESPONSE_BODY && ++bodies == 2 ? event.kind : 0)(a, event); });
        stage.startAndAnswer();
        stage.exchange->responseBody(1, "one\ntw");
        stage.exchange->apply();
        CPPUNIT_ASSERT_EQUAL(std::string(), stage.sink.log);
        stage.exchange->responseBody(1, "o\n");
        stage.exchange->apply();
        CPPUNIT_ASSERT_EQUAL(std::string("begin 200 openai\nframe one\nframe two\n"), stage.sink.log);
    }

    void aForwardDecidedAtTheEndIsWhole()
    {
        Stage stage(forwardingAt(SWY_EVENT_RESPONSE_END));
        stage.startAndAnswer();
        stage.exchange->responseBody(1, "all\n");
        stage.exchange->responseEnd(1);
        stage.exchange->apply();
        CPPUNIT_ASSERT_EQUAL(std::string("begin 200 openai\nframe all\nend\n"), stage.sink.log);
        CPPUNIT_ASSERT(stage.exchange->state() == Exchange::State::finished);
    }

    void aForwardAfterTooMuchIsOverTheLimit()
    {
        Stage stage(forwardingAt(SWY_EVENT_RESPONSE_END));
        stage.startAndAnswer();
        const std::string piece(40'000, 'x');
        stage.exchange->responseBody(1, piece);
        stage.exchange->responseBody(1, piece);
        stage.exchange->responseEnd(1);
        CPPUNIT_ASSERT(stage.exchange->state() == Exchange::State::failed);
    }

    void tapsReplaceDropFailAndReportUsage()
    {
        const auto forward = forwardingAt(SWY_EVENT_RESPONSE_HEAD, 1);
        int taps = 0;
        Stage stage(
            [&](const swy_actions_t& a, const swy_event_t& event)
            {
                forward(a, event);
                if (event.kind != SWY_EVENT_TAP) return;
                const swy_count_t count{given("output_tokens"), 5};
                const swy_usage_t usage{sizeof(usage), 0, &count, 1, 0};
                a.usage(a.context, &usage);
                ++taps;
                if (taps == 1) a.tap_replace(a.context, given("instead\n"));
                if (taps == 2) a.tap_drop(a.context);
                if (taps == 3) return;
                swy_fail_t fail{};
                fail.struct_size = sizeof(fail);
                fail.cause = SWY_CAUSE_OVERLOADED;
                fail.scope = SWY_SCOPE_MODEL;
                if (taps == 4) a.fail(a.context, &fail);
            });
        stage.startAndAnswer();
        stage.sink.log.clear();
        stage.sink.forward("plain\nusage 1\nusage 2\nusage 3\nusage 4\nusage 5\n");
        CPPUNIT_ASSERT_EQUAL(
            std::string("frame plain\nusage output_tokens=5\nframe instead\nusage output_tokens=5\ndropped\n"
                        "usage output_tokens=5\nframe usage 3\nusage output_tokens=5\nfailed\nfailed\n"),
            stage.sink.log);
        CPPUNIT_ASSERT_EQUAL(4, taps);
        CPPUNIT_ASSERT(stage.exchange->failure().cause == Cause::overloaded);
    }

    void aKeyGoesToNoForeignHost()
    {
        const std::pair<std::string_view, bool> hosts[] = {
            {"http://127.0.0.1:99/x", true},       {"https://further.example/x", true},
            {"https://FURTHER.example/x", true},   {"http://127.0.0.2/x", false},
            {"https://a.further.example/", false}, {"https://further.example.evil/", false}};
        for (const auto& [url, allowed] : hosts)
        {
            uint32_t errorClass = 0;
            Stage stage(
                [&, &target = url](const swy_actions_t& a, const swy_event_t& event)
                {
                    const swy_http_request_t request = requestFor(1, target, SWY_HTTP_KEYED);
                    if (event.kind == SWY_EVENT_START) a.http_request(a.context, &request);
                    if (event.kind == SWY_EVENT_TRANSPORT_ERROR)
                    {
                        errorClass = static_cast<const swy_transport_error_t*>(event.payload)->error_class;
                        a.finish(a.context);
                    }
                });
            stage.start();
            const std::string name(url);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(name, allowed, stage.exchange->takeRequest().has_value());
            CPPUNIT_ASSERT_EQUAL_MESSAGE(name, !allowed, stage.exchange->tellRefusal());
            CPPUNIT_ASSERT_EQUAL_MESSAGE(name, allowed ? 0u : SWY_TRANSPORT_REFUSED, errorClass);
        }
    }

    void requestsOverMaxParallelWait()
    {
        Stage stage(
            [](const swy_actions_t& a, const swy_event_t& event)
            {
                if (event.kind != SWY_EVENT_START) return;
                for (uint64_t id = 1; id <= 3; ++id)
                {
                    const swy_http_request_t request = requestFor(id, kUrl);
                    a.http_request(a.context, &request);
                }
            });
        stage.limits.maxParallel = 2;
        stage.start();
        CPPUNIT_ASSERT(stage.exchange->takeRequest() && stage.exchange->takeRequest());
        CPPUNIT_ASSERT(!stage.exchange->takeRequest());
        stage.exchange->transportError(2, SWY_TRANSPORT_RESET, "gone");
        const auto third = stage.exchange->takeRequest();
        CPPUNIT_ASSERT(third && third->id() == 3);
    }

    void afterCancelOnlyACleanUpIsAccepted()
    {
        std::vector<swy_status_t> said;
        Stage stage(
            [&](const swy_actions_t& a, const swy_event_t& event)
            {
                const swy_http_request_t request = requestFor(1, kUrl);
                const swy_http_request_t stop = requestFor(2, kUrl, SWY_HTTP_CLEANUP);
                const swy_count_t count{given("output_tokens"), 9};
                const swy_usage_t usage{sizeof(usage), 0, &count, 1, 0};
                if (event.kind == SWY_EVENT_START) a.http_request(a.context, &request);
                if (event.kind != SWY_EVENT_CANCEL) return;
                said = {a.http_request(a.context, &request),
                        a.emit(a.context, given("x")),
                        a.timer_start(a.context, 1, 1),
                        a.finish(a.context),
                        a.abort(a.context, 1),
                        a.usage(a.context, &usage),
                        a.http_request(a.context, &stop),
                        a.http_request(a.context, &stop)};
            });
        stage.start();
        CPPUNIT_ASSERT(stage.exchange->takeRequest());
        stage.exchange->cancel(SWY_CANCEL_CLIENT_GONE);
        stage.exchange->apply();
        const std::vector<swy_status_t> wanted{SWY_ENDED,    SWY_ENDED,    SWY_ENDED,    SWY_ENDED,
                                               SWY_ACCEPTED, SWY_ACCEPTED, SWY_ACCEPTED, SWY_ENDED};
        CPPUNIT_ASSERT(wanted == said);
        CPPUNIT_ASSERT_EQUAL(std::string("usage output_tokens=9\n"), stage.sink.log);
        const auto stop = stage.exchange->takeRequest();
        CPPUNIT_ASSERT(stop && stop->cleanup() && !stage.exchange->takeRequest());
        stage.exchange->responseHead(2, stage.head);
        CPPUNIT_ASSERT_EQUAL(size_t{2}, stage.script.events.size()); // start and cancel: its answer is not told
    }

    void whatThisHostLacksIsRefusedByName()
    {
        std::vector<std::string> texts;
        Stage stage(
            [&](const swy_actions_t& a, const swy_event_t& event)
            {
                swy_websocket_request_t socket{};
                socket.struct_size = sizeof(socket);
                socket.id = 3;
                socket.url = given("wss://127.0.0.1/");
                const auto text = [](swy_borrowed_t t) { return std::string(t.data, t.size); };
                switch (event.kind)
                {
                case SWY_EVENT_START:
                    a.credential(a.context, 1, given("token"));
                    a.media(a.context, 2, given("http://x/"));
                    a.websocket_open(a.context, &socket);
                    break;
                case SWY_EVENT_CREDENTIAL:
                {
                    const auto* answer = static_cast<const swy_credential_t*>(event.payload);
                    if (answer->cause == SWY_CAUSE_UNSUPPORTED) texts.push_back(text(answer->message));
                    break;
                }
                case SWY_EVENT_MEDIA:
                {
                    const auto* answer = static_cast<const swy_media_t*>(event.payload);
                    if (answer->cause == SWY_CAUSE_UNSUPPORTED) texts.push_back(text(answer->message));
                    break;
                }
                case SWY_EVENT_TRANSPORT_ERROR:
                {
                    const auto* answer = static_cast<const swy_transport_error_t*>(event.payload);
                    if (answer->error_class == SWY_TRANSPORT_UNSUPPORTED) texts.push_back(text(answer->text));
                    a.finish(a.context);
                    break;
                }
                }
            });
        stage.start();
        while (stage.exchange->tellRefusal())
        {
        }
        CPPUNIT_ASSERT_EQUAL(size_t{3}, texts.size());
        CPPUNIT_ASSERT(texts[0].find(SWY_EXT_CREDENTIAL) != std::string::npos &&
                       texts[1].find(SWY_EXT_MEDIA) != std::string::npos &&
                       texts[2].find(SWY_EXT_WEBSOCKET) != std::string::npos);
        CPPUNIT_ASSERT(stage.exchange->state() == Exchange::State::finished);
    }

    void timersRunUntilStopped()
    {
        Stage stage(
            [](const swy_actions_t& a, const swy_event_t& event)
            {
                if (event.kind == SWY_EVENT_START)
                {
                    a.timer_start(a.context, 1, 10);
                    a.timer_start(a.context, 2, 20);
                    a.timer_start(a.context, 1, 30);
                    a.timer_stop(a.context, 2);
                }
                if (event.kind == SWY_EVENT_TIMER) a.finish(a.context);
            });
        stage.start();
        std::vector<std::pair<uint64_t, int64_t>> orders;
        while (const auto order = stage.exchange->takeTimer())
            orders.emplace_back(order->id, order->delay);
        const std::vector<std::pair<uint64_t, int64_t>> wanted{{1, 10}, {2, 20}, {1, 30}, {2, -1}};
        CPPUNIT_ASSERT(wanted == orders);
        stage.exchange->timer(2);
        CPPUNIT_ASSERT(!stage.exchange->ended());
        stage.exchange->timer(1);
        CPPUNIT_ASSERT(stage.exchange->state() == Exchange::State::finished);
    }

    void theArenaIsZeroedAlignedAndBounded()
    {
        bool good = true;
        Stage stage(
            [&](const swy_actions_t& a, const swy_event_t&)
            {
                size_t all = 0;
                for (size_t size = 1; size < 5000; size += 37)
                {
                    auto* place = static_cast<char*>(a.alloc(a.context, size));
                    good = good && place && reinterpret_cast<uintptr_t>(place) % 16 == 0;
                    for (size_t i = 0; good && i < size; ++i)
                        good = place[i] == 0;
                    if (place) std::fill(place, place + size, 'x');
                    all += size;
                }
                good = good && !a.alloc(a.context, (size_t{16} << 20) - all) && !a.alloc(a.context, SIZE_MAX);
                a.finish(a.context);
            });
        stage.start();
        CPPUNIT_ASSERT(good);
    }

    void failCarriesWhatUpstreamSaid()
    {
        Stage stage(
            [](const swy_actions_t& a, const swy_event_t&)
            {
                const std::string upstream(10'000, 'u');
                swy_fail_t fail{};
                fail.struct_size = sizeof(fail);
                fail.cause = 77; // unknown: internal
                fail.scope = SWY_SCOPE_KEY;
                fail.http_status = 429;
                fail.retry_after = 7000;
                fail.code = given("slow_down");
                fail.upstream = given(upstream);
                a.fail(a.context, &fail);
            });
        stage.start();
        const providers::Failure& failed = stage.exchange->failure();
        CPPUNIT_ASSERT(failed.cause == Cause::internal && failed.scope == Scope::key && failed.httpStatus == 429);
        CPPUNIT_ASSERT(failed.retryAfterMs == 7000 && failed.code == "slow_down" && failed.upstream.size() == 4096);
    }

    void theSinksRefusalEndsTheExchange()
    {
        Stage stage(
            [](const swy_actions_t& a, const swy_event_t&)
            {
                a.emit(a.context, given("x"));
                a.finish(a.context);
            });
        providers::Failure refused;
        refused.message = "no room";
        stage.sink.failNext = &refused;
        stage.start();
        CPPUNIT_ASSERT(stage.exchange->state() == Exchange::State::failed);
        CPPUNIT_ASSERT_EQUAL(std::string("no room"), stage.exchange->failure().message);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ExchangeTest);
