// The pump over real sockets.
#include "../../support/scripted_provider.h"
#include "net/client_pool.h"
#include "net/http_call.h"
#include "net/resolver.h"
#include "net/task_set.h"
#include "net/tls.h"
#include "net/workers.h"
#include "providers/exchange.h"
#include "providers/pump.h"
#include "upstream_thread.h"

#include <cppunit/extensions/HelperMacros.h>

#include <iostream>
#include <map>
#include <optional>

using namespace switchyard;
using namespace switchyard::providers;

namespace
{

using Up = UpstreamThread;
using OnEvent = std::function<void(const swy_actions_t&, const swy_event_t&)>;

constexpr int64_t kBound = 10'000;

/// One pump on a loop of its own.
struct Rig
{
    explicit Rig(OnEvent onEvent) : channel(script) { script.onEvent = std::move(onEvent); }

    static net::Task<void> drive(Rig& rig, PumpAttempt attempt)
    {
        auto pumping = pump(rig.context, std::move(attempt));
        rig.outcome = co_await pumping;
    }
    void begin()
    {
        request.operation = "chat.completions";
        request.body = std::string_view(body).substr(0, body.size() - 64);
        PumpAttempt attempt{channel.object(), request, sink, &client, nullptr, deadlines};
        tasks.start(drive(*this, std::move(attempt)));
    }
    bool until(const std::function<bool()>& done) { return loop.runUntil(done, kBound); }
    const PumpOutcome& run()
    {
        begin();
        CPPUNIT_ASSERT_MESSAGE("the pump did not end", until([this] { return outcome.has_value(); }));
        CPPUNIT_ASSERT_EQUAL(0, script.exchanges);
        return *outcome;
    }

    net::Loop loop;
    net::Workers workers{1};
    net::Resolver resolver{workers};
    net::TlsClient tls;
    net::ClientPool pool{loop, resolver, tls};
    PumpContext context{pool, workers, nullptr, {}};
    Script script;
    ScriptedChannel channel;
    std::string body = R"({"model":"m"})" + std::string(64, '\0');
    ExchangeRequest request;
    RecordingSink sink;
    net::Cancellation client;
    PumpDeadlines deadlines;
    std::optional<PumpOutcome> outcome;
    net::TaskSet tasks;
};

void ask(const swy_actions_t& a, uint64_t id, const std::string& url, uint32_t flags = 0)
{
    const swy_http_request_t request = requestFor(id, url, flags);
    a.http_request(a.context, &request);
}

/// The common case: ask and forward.
OnEvent forwarding(const UpstreamThread& upstream)
{
    return [&upstream](const swy_actions_t& a, const swy_event_t& event)
    {
        const swy_forward_t forward = forwardOf(1);
        if (event.kind == SWY_EVENT_START) ask(a, 1, upstream.url());
        if (event.kind == SWY_EVENT_RESPONSE_HEAD) a.forward(a.context, &forward);
        if (event.kind == SWY_EVENT_TRANSPORT_ERROR)
        {
            swy_fail_t fail{};
            fail.struct_size = sizeof(fail);
            fail.cause = SWY_CAUSE_UPSTREAM_BROKEN;
            fail.scope = SWY_SCOPE_CHANNEL;
            const auto* error = static_cast<const swy_transport_error_t*>(event.payload);
            fail.message = {error->text.data, error->text.size};
            a.fail(a.context, &fail);
        }
    };
}

std::string textOf(const swy_event_t& event)
{
    const auto* bytes = static_cast<const swy_bytes_t*>(event.payload);
    return {bytes->bytes.data, bytes->bytes.size};
}

} // namespace

class PumpTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(PumpTest);
    CPPUNIT_TEST(anAnswerIsForwarded);
    CPPUNIT_TEST(aBrokenAnswerIsAFailureThatSaysSo);
    CPPUNIT_TEST(aRefusedConnectionIsToldToThePlugin);
    CPPUNIT_TEST(aClientWhoLeavesClosesUpstreamAndCleansUp);
    CPPUNIT_TEST(silenceEndsAtTheFirstTokensDeadline);
    CPPUNIT_TEST(silenceInTheMiddleEndsAtTheStallDeadline);
    CPPUNIT_TEST(severalRequestsRunAtOnce);
    CPPUNIT_TEST(oneRequestAfterTheOther);
    CPPUNIT_TEST(aRequestThatIsAbortedIsClosed);
    CPPUNIT_TEST(wholeBodiesComeOnceAndLargeOnesOnAHelper);
    CPPUNIT_TEST(timersComeAndKeepAnExchangeAlive);
    CPPUNIT_TEST(aSlowClientHoldsUpstreamBackButNotTimers);
    CPPUNIT_TEST(aClientThatTakesNothingIsGone);
    CPPUNIT_TEST(aStartWithALargeBodyRunsOnAHelper);
    CPPUNIT_TEST(aDestroyedPumpLeavesNothing);
    CPPUNIT_TEST(thingsAreSmall);
    CPPUNIT_TEST_SUITE_END();

public:
    void anAnswerIsForwarded()
    {
        UpstreamThread upstream([](int c, const std::string&) { return Up::answer(c, "one\ntwo\n"); });
        Rig rig(forwarding(upstream));
        const PumpOutcome& outcome = rig.run();
        CPPUNIT_ASSERT(outcome.ending == Ending::finished);
        CPPUNIT_ASSERT_EQUAL(std::string("one\ntwo\n"), rig.sink.sent);
        CPPUNIT_ASSERT(rig.sink.log.find("end\nfinish\n") != std::string::npos);
        CPPUNIT_ASSERT(outcome.upstream.calls == 1 && outcome.upstream.status == 200 &&
                       outcome.upstream.wireBytes == 8);
        CPPUNIT_ASSERT(outcome.upstream.headAt >= outcome.upstream.startedAt && outcome.upstream.firstTokenAt >= 0);
        CPPUNIT_ASSERT_EQUAL(size_t{2}, rig.script.events.size()); // start and head, nothing else
        CPPUNIT_ASSERT_EQUAL(size_t{1}, rig.pool.idle());
    }

    void aBrokenAnswerIsAFailureThatSaysSo()
    {
        UpstreamThread upstream(
            [](int c, const std::string&)
            {
                Up::send(c, "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\none\n");
                return false;
            });
        Rig rig(forwarding(upstream));
        const PumpOutcome& outcome = rig.run();
        CPPUNIT_ASSERT(outcome.ending == Ending::failed && outcome.failure->cause == Cause::upstreamBroken);
        CPPUNIT_ASSERT_EQUAL(std::string("one\n"), rig.sink.sent);
        CPPUNIT_ASSERT_EQUAL(size_t{0}, rig.pool.idle());
    }

    void aRefusedConnectionIsToldToThePlugin()
    {
        Rig rig(
            [](const swy_actions_t& a, const swy_event_t& event)
            {
                if (event.kind == SWY_EVENT_START) ask(a, 1, "http://127.0.0.1:1/");
                if (event.kind != SWY_EVENT_TRANSPORT_ERROR) return;
                const auto* error = static_cast<const swy_transport_error_t*>(event.payload);
                CPPUNIT_ASSERT_EQUAL(SWY_TRANSPORT_CONNECT, error->error_class);
                ask(a, 2, "http://127.0.0.1:1/"); // and once more, so that it is seen that a second may follow
                if (event.id == 2) a.finish(a.context);
            });
        CPPUNIT_ASSERT(rig.run().ending == Ending::finished);
        CPPUNIT_ASSERT(!rig.outcome->upstream.sent);
        CPPUNIT_ASSERT_EQUAL(2u, rig.outcome->upstream.calls);
    }

    void aClientWhoLeavesClosesUpstreamAndCleansUp()
    {
        std::atomic<int> stops{0};
        std::atomic<int> closed{0};
        UpstreamThread upstream(
            [&](int c, const std::string& request)
            {
                if (request.find("/stop") != std::string::npos)
                {
                    ++stops;
                    return Up::answer(c, "stopped");
                }
                Up::send(c, "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\none\n\r\n");
                if (Up::closedByPeer(c)) ++closed;
                return false;
            });
        const OnEvent forward = forwarding(upstream);
        Rig rig(
            [&](const swy_actions_t& a, const swy_event_t& event)
            {
                forward(a, event);
                if (event.kind != SWY_EVENT_CANCEL) return;
                CPPUNIT_ASSERT_EQUAL(SWY_CANCEL_CLIENT_GONE, static_cast<const swy_cancel_t*>(event.payload)->why);
                ask(a, 2, upstream.url("/stop"), SWY_HTTP_CLEANUP);
            });
        rig.begin();
        CPPUNIT_ASSERT(rig.until([&] { return rig.sink.sent == "one\n"; }));
        rig.client.cancel(net::CancelReason::clientGone);
        CPPUNIT_ASSERT(rig.until([&] { return rig.outcome.has_value(); }));
        CPPUNIT_ASSERT(rig.outcome->ending == Ending::clientGone);
        CPPUNIT_ASSERT(rig.until([&] { return closed == 1; }));
        CPPUNIT_ASSERT_EQUAL(1, stops.load());
        CPPUNIT_ASSERT_EQUAL(0, rig.script.exchanges);
    }

    void silenceEndsAtTheFirstTokensDeadline()
    {
        UpstreamThread upstream(
            [](int c, const std::string&)
            {
                Up::send(c, "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
                Up::closedByPeer(c);
                return false;
            });
        for (const bool parallel : {false, true})
        {
            const OnEvent forward = forwarding(upstream);
            Rig rig(
                [&](const swy_actions_t& a, const swy_event_t& event)
                {
                    forward(a, event);
                    if (parallel && event.kind == SWY_EVENT_START) a.timer_start(a.context, 9, 60'000);
                });
            rig.deadlines.firstTokenMs = 50;
            const PumpOutcome& outcome = rig.run();
            CPPUNIT_ASSERT(outcome.ending == Ending::failed && outcome.failure->cause == Cause::timeout);
            CPPUNIT_ASSERT_EQUAL(SWY_EVENT_CANCEL, rig.script.events.back());
        }
    }

    void silenceInTheMiddleEndsAtTheStallDeadline()
    {
        UpstreamThread upstream(
            [](int c, const std::string&)
            {
                Up::send(c, "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\none\n\r\n");
                Up::closedByPeer(c);
                return false;
            });
        Rig rig(forwarding(upstream));
        rig.deadlines.stallMs = 50;
        rig.deadlines.firstTokenMs = 20'000;
        const PumpOutcome& outcome = rig.run();
        CPPUNIT_ASSERT(outcome.ending == Ending::failed && outcome.failure->cause == Cause::timeout);
        CPPUNIT_ASSERT_EQUAL(std::string("one\n"), rig.sink.sent);
    }

    void severalRequestsRunAtOnce()
    {
        // Each answers when all three have been asked: one after the other would wait for ever.
        std::atomic<int> asked{0};
        UpstreamThread upstream(
            [&](int c, const std::string& request)
            {
                ++asked;
                while (asked < 3)
                    std::this_thread::yield();
                return Up::answer(c, request.substr(5, 2));
            });
        std::map<uint64_t, std::string> answers;
        Rig rig(
            [&](const swy_actions_t& a, const swy_event_t& event)
            {
                if (event.kind == SWY_EVENT_START)
                    for (uint64_t id = 1; id <= 3; ++id)
                        ask(a, id, upstream.url("/v" + std::to_string(id)));
                if (event.kind == SWY_EVENT_RESPONSE_BODY) answers[event.id] += textOf(event);
                if (event.kind == SWY_EVENT_RESPONSE_END && ++ended_ == 3)
                {
                    a.emit(a.context, given("done"));
                    a.finish(a.context);
                }
            });
        ended_ = 0;
        CPPUNIT_ASSERT(rig.run().ending == Ending::finished);
        CPPUNIT_ASSERT_EQUAL(size_t{3}, answers.size());
        CPPUNIT_ASSERT_EQUAL(std::string("done"), rig.sink.sent);
        CPPUNIT_ASSERT_EQUAL(size_t{3}, rig.pool.idle());
    }

    void oneRequestAfterTheOther()
    {
        UpstreamThread upstream(
            [](int c, const std::string& request)
            { return Up::answer(c, request.find("/token") != std::string::npos ? "secret" : "words\n"); });
        std::string token;
        Rig rig(
            [&](const swy_actions_t& a, const swy_event_t& event)
            {
                const swy_forward_t forward = forwardOf(2);
                if (event.kind == SWY_EVENT_START) ask(a, 1, upstream.url("/token"));
                if (event.kind == SWY_EVENT_RESPONSE_BODY) token += textOf(event);
                if (event.kind == SWY_EVENT_RESPONSE_END) ask(a, 2, upstream.url("/" + token));
                if (event.kind == SWY_EVENT_RESPONSE_HEAD && event.id == 2) a.forward(a.context, &forward);
            });
        CPPUNIT_ASSERT(rig.run().ending == Ending::finished);
        CPPUNIT_ASSERT_EQUAL(std::string("secret"), token);
        CPPUNIT_ASSERT_EQUAL(std::string("words\n"), rig.sink.sent);
        CPPUNIT_ASSERT(rig.pool.counters().opened == 1 && rig.pool.counters().reused == 1);
    }

    void aRequestThatIsAbortedIsClosed()
    {
        std::atomic<int> closed{0};
        UpstreamThread upstream(
            [&](int c, const std::string& request)
            {
                if (request.find("/fast") != std::string::npos) return Up::answer(c, "fast");
                if (Up::closedByPeer(c)) ++closed;
                return false;
            });
        Rig rig(
            [&](const swy_actions_t& a, const swy_event_t& event)
            {
                if (event.kind == SWY_EVENT_START)
                {
                    ask(a, 1, upstream.url("/slow"));
                    ask(a, 2, upstream.url("/fast"));
                }
                if (event.kind == SWY_EVENT_RESPONSE_END)
                {
                    a.abort(a.context, 1);
                    a.timer_start(a.context, 1, 1);
                }
                if (event.kind == SWY_EVENT_TIMER) ask(a, 3, upstream.url("/fast?again"));
                if (event.kind == SWY_EVENT_RESPONSE_BODY && event.id == 3)
                {
                    CPPUNIT_ASSERT_EQUAL(std::string("fast"), textOf(event));
                    a.finish(a.context);
                }
            });
        CPPUNIT_ASSERT(rig.run().ending == Ending::finished);
        CPPUNIT_ASSERT(rig.until([&] { return closed == 1; }));
    }

    void wholeBodiesComeOnceAndLargeOnesOnAHelper()
    {
        for (const size_t size : {size_t{0}, size_t{100'000}, size_t{1'000'000}})
        {
            const std::string wanted(size, 'w');
            UpstreamThread upstream([&](int c, const std::string&) { return Up::answer(c, wanted); });
            std::string all;
            std::thread::id where;
            Rig rig(
                [&](const swy_actions_t& a, const swy_event_t& event)
                {
                    if (event.kind == SWY_EVENT_START) ask(a, 1, upstream.url(), SWY_HTTP_WHOLE);
                    if (event.kind == SWY_EVENT_RESPONSE_BODY)
                    {
                        all = textOf(event);
                        where = std::this_thread::get_id();
                        a.emit(a.context, given(all));
                    }
                    if (event.kind == SWY_EVENT_RESPONSE_END) a.finish(a.context);
                });
            CPPUNIT_ASSERT(rig.run().ending == Ending::finished);
            CPPUNIT_ASSERT(all == wanted && rig.sink.sent == wanted);
            const std::vector<uint32_t> events{SWY_EVENT_START, SWY_EVENT_RESPONSE_HEAD, SWY_EVENT_RESPONSE_BODY,
                                               SWY_EVENT_RESPONSE_END};
            CPPUNIT_ASSERT(events == rig.script.events);
            CPPUNIT_ASSERT_EQUAL(size > 262'144, where != std::this_thread::get_id());
        }
        UpstreamThread upstream([&](int c, const std::string&) { return Up::answer(c, std::string(2000, 'x')); });
        uint32_t errorClass = 0;
        Rig rig(
            [&](const swy_actions_t& a, const swy_event_t& event)
            {
                if (event.kind == SWY_EVENT_START) ask(a, 1, upstream.url(), SWY_HTTP_WHOLE);
                if (event.kind != SWY_EVENT_TRANSPORT_ERROR) return;
                errorClass = static_cast<const swy_transport_error_t*>(event.payload)->error_class;
                a.finish(a.context);
            });
        rig.context.limits.maxWhole = 1000;
        rig.run();
        CPPUNIT_ASSERT_EQUAL(SWY_TRANSPORT_TOO_LARGE, errorClass);
    }

    void timersComeAndKeepAnExchangeAlive()
    {
        std::string order;
        Rig rig(
            [&](const swy_actions_t& a, const swy_event_t& event)
            {
                if (event.kind == SWY_EVENT_START)
                {
                    a.timer_start(a.context, 1, 20);
                    a.timer_start(a.context, 2, 5);
                    a.timer_start(a.context, 3, 0);
                    a.timer_start(a.context, 4, 10);
                    a.timer_stop(a.context, 4);
                }
                if (event.kind == SWY_EVENT_TIMER) order += std::to_string(event.id);
                if (event.id == 1) a.finish(a.context);
            });
        CPPUNIT_ASSERT(rig.run().ending == Ending::finished);
        CPPUNIT_ASSERT_EQUAL(std::string("321"), order);
    }

    void aSlowClientHoldsUpstreamBackButNotTimers()
    {
        UpstreamThread upstream(
            [](int c, const std::string&)
            {
                Up::send(c, "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n");
                return Up::send(c, "1\r\nb\r\n0\r\n\r\n");
            });
        int timers = 0;
        net::Signal clientTakes;
        std::string seen;
        Rig rig(
            [&](const swy_actions_t& a, const swy_event_t& event)
            {
                if (event.kind == SWY_EVENT_START) ask(a, 1, upstream.url());
                if (event.kind == SWY_EVENT_RESPONSE_HEAD) a.timer_start(a.context, 5, 1);
                if (event.kind == SWY_EVENT_RESPONSE_BODY)
                {
                    seen += textOf(event);
                    a.emit(a.context, given(textOf(event)));
                }
                if (event.kind == SWY_EVENT_TIMER && ++timers < 3) a.timer_start(a.context, 5, 1);
                if (event.kind == SWY_EVENT_TIMER && timers == 3) a.emit(a.context, given("T"));
                if (event.kind == SWY_EVENT_RESPONSE_END) a.finish(a.context);
            });
        rig.sink.slow = true;
        rig.sink.whileFlushing = [&]() -> net::Task<void> { return waitFor(clientTakes); };
        rig.begin();
        CPPUNIT_ASSERT(rig.until([&] { return timers == 3; }));
        CPPUNIT_ASSERT(seen.size() <= 2 && !rig.outcome);
        CPPUNIT_ASSERT_EQUAL(std::string(), rig.sink.sent);
        rig.sink.whileFlushing = nullptr;
        clientTakes.notify();
        CPPUNIT_ASSERT(rig.until([&] { return rig.outcome.has_value(); }));
        CPPUNIT_ASSERT(rig.outcome->ending == Ending::finished);
        CPPUNIT_ASSERT_EQUAL(size_t{3}, rig.sink.sent.size());
        CPPUNIT_ASSERT_EQUAL(std::string("ab"), seen);
    }

    void aClientThatTakesNothingIsGone()
    {
        UpstreamThread upstream([](int c, const std::string&) { return Up::answer(c, "one\n"); });
        for (const bool slow : {false, true})
        {
            Rig rig(forwarding(upstream));
            rig.sink.slow = slow;
            rig.sink.clientThere = false;
            CPPUNIT_ASSERT(rig.run().ending == Ending::clientGone);
        }
    }

    void aStartWithALargeBodyRunsOnAHelper()
    {
        std::thread::id where;
        Rig rig(
            [&](const swy_actions_t& a, const swy_event_t&)
            {
                where = std::this_thread::get_id();
                a.emit(a.context, given("x"));
                a.finish(a.context);
            });
        rig.body = std::string(300'000, 'b');
        CPPUNIT_ASSERT(rig.run().ending == Ending::finished);
        CPPUNIT_ASSERT(where != std::this_thread::get_id());
        CPPUNIT_ASSERT_EQUAL(std::string("x"), rig.sink.sent);
    }

    void aDestroyedPumpLeavesNothing()
    {
        UpstreamThread upstream(
            [](int c, const std::string&)
            {
                Up::closedByPeer(c);
                return false;
            });
        for (const size_t body : {size_t{100}, size_t{300'000}}) // in a request; in a helper thread
        {
            std::atomic<bool> entered{false};
            const OnEvent forward = forwarding(upstream);
            Rig rig(
                [&](const swy_actions_t& a, const swy_event_t& event)
                {
                    entered = true;
                    forward(a, event);
                });
            rig.body = std::string(body, 'b');
            rig.begin();
            CPPUNIT_ASSERT(rig.until([&] { return entered.load(); }));
            rig.tasks.clear();
            CPPUNIT_ASSERT_EQUAL(0, rig.script.exchanges);
        }
    }

    void thingsAreSmall()
    {
        std::cout << " (Exchange " << sizeof(Exchange) << ", HttpCall " << sizeof(net::HttpCall) << ", outcome "
                  << sizeof(PumpOutcome) << " bytes)";
        CPPUNIT_ASSERT(sizeof(Exchange) <= 800);
    }

private:
    static net::Task<void> waitFor(net::Signal& signal)
    {
        auto waiting = signal.wait();
        co_await waiting;
    }

    int ended_ = 0;
};

CPPUNIT_TEST_SUITE_REGISTRATION(PumpTest);
