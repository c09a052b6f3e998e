// Fuzz target: an exchange between a plug-in that does anything and a network that does anything. The input is a
// programme for both; what must hold whatever they do is asserted.
#include "../support/scripted_provider.h"
#include "providers/exchange.h"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <set>
#include <string>

namespace net = switchyard::net;
using namespace switchyard::providers;

namespace
{

void require(bool holds, const char* what)
{
    if (holds) return;
    std::fprintf(stderr, "does not hold: %s\n", what);
    std::abort();
}

class Input
{
public:
    Input(const uint8_t* data, size_t size) : data_(data), left_(size) {}
    bool empty() const { return left_ == 0; }
    uint8_t byte()
    {
        if (left_ == 0) return 0;
        --left_;
        return *data_++;
    }
    std::string_view bytes()
    {
        const size_t size = std::min<size_t>(byte(), left_);
        const std::string_view taken(reinterpret_cast<const char*>(data_), size);
        data_ += size;
        left_ -= size;
        return taken;
    }

private:
    const uint8_t* data_;
    size_t left_;
};

/// Counts what is forwarded, shows every third piece to the plug-in, refuses now and then.
class FuzzSink final : public AnswerSink
{
public:
    explicit FuzzSink(Input& input) : input_(input) { refusal_.message = "refused"; }

    const Failure* forwardBegin(const ForwardPlan& plan, TapPort& taps) override
    {
        require(!begun && !other, "a forward begins once and goes with nothing else");
        require(plan.status == 200 && plan.headers.size() == 2 && plan.needles.size() <= 16,
                "the plan is what was asked for");
        begun = true;
        taps_ = &taps;
        return maybe();
    }
    const Failure* forward(std::string_view bytes) override
    {
        require(begun && !ended, "forwarded bytes lie between begin and end");
        forwarded += bytes;
        if (++pieces_ % 3 == 0)
        {
            const TapVerdict verdict = taps_->tap(0, bytes, bytes);
            if (verdict == TapVerdict::replace) require(!taps_->replacement().empty(), "a replacement has bytes");
        }
        return maybe();
    }
    const Failure* forwardEnd(bool) override
    {
        require(begun && !ended, "a forward ends once");
        ended = true;
        return maybe();
    }
    const Failure* delta(const Delta& piece) override
    {
        require(!begun, "deltas do not go with a forward");
        other = true;
        checksum += piece.text.size() + piece.id.size() + piece.name.size() + piece.extra.size();
        return maybe();
    }
    const Failure* answerHead(int status, std::span<const HeaderView> headers) override
    {
        require(!begun && !other && status >= 200 && status <= 599, "the head comes first");
        for (const HeaderView& header : headers)
            require(header.value.find('\n') == std::string_view::npos, "no header is split");
        other = true;
        return maybe();
    }
    const Failure* emit(std::string_view bytes) override
    {
        require(!begun, "emits do not go with a forward");
        other = true;
        checksum += bytes.size();
        return maybe();
    }
    void usage(std::span<const Count> counts, bool) override
    {
        for (const Count& count : counts)
            require(count.amount >= 0 && !count.unit.empty(), "counts are counts");
    }
    const Failure* finish() override { return nullptr; }
    net::Task<bool> flush() override { co_return true; }
    bool pending() const override { return false; }
    bool committed() const override { return begun || other; }

    std::string forwarded;
    size_t checksum = 0;
    bool begun = false;
    bool ended = false;
    bool other = false;

private:
    const Failure* maybe() { return input_.byte() == 251 ? &refusal_ : nullptr; }
    Input& input_;
    TapPort* taps_ = nullptr;
    Failure refusal_;
    unsigned pieces_ = 0;
};

constexpr std::string_view kBody = "{\"model\":\"m\",\"messages\":[]}";

swy_piece_t pieceFrom(Input& input)
{
    const uint8_t kind = input.byte();
    const bool bytes = kind % 4 == 1;
    return {kind % 6u,   0, bytes ? given(input.bytes()) : swy_given_t{}, 0, kind == 255 ? UINT64_MAX : input.byte(),
            input.byte()};
}

void askFor(Input& input, const swy_actions_t& a)
{
    static constexpr std::string_view kUrls[] = {"http://127.0.0.1:1/v1", "https://further.example/x",
                                                 "http://elsewhere.example/", "ftp://x/"};
    const uint8_t what = input.byte();
    const swy_given_header_t headers[] = {{given("x-a"), given(what % 16 == 7 ? std::string_view("a\r\nb") : "v")},
                                          {given(what % 16 == 8 ? "host" : "x-b"), given("w")}};
    const swy_piece_t pieces[] = {pieceFrom(input), pieceFrom(input)};
    swy_http_request_t request =
        requestFor(input.byte() % 6, kUrls[what % 16 < 13 ? what & 1u : what % 4], input.byte() % 8);
    request.headers = headers;
    request.header_count = what % 3;
    request.body = pieces;
    request.body_count = what / 64 % 3;
    a.http_request(a.context, &request);
}

void act(Input& input, const swy_actions_t& a)
{
    const uint64_t id = input.byte() % 6;
    const swy_given_t text = given(input.bytes());
    const uint8_t small = input.byte();
    switch (input.byte() % 24)
    {
    case 0:
    case 1:
    case 2:
        askFor(input, a);
        break;
    case 3:
        a.abort(a.context, id);
        break;
    case 4:
    case 5:
    {
        swy_forward_t forward = forwardOf(id);
        forward.flags = small % 4;
        forward.needles = &text;
        forward.needle_count = small % 2;
        a.forward(a.context, &forward);
        break;
    }
    case 6:
        a.tap_replace(a.context, text);
        break;
    case 7:
        a.tap_drop(a.context);
        break;
    case 8:
    {
        const swy_delta_t delta{sizeof(delta), small % 12u, small, small, text, {}, text, {}};
        a.delta(a.context, &delta);
        break;
    }
    case 9:
    {
        const swy_given_header_t header{given("X-Answer"), text};
        const swy_answer_head_t head{sizeof(head), small * 3u, &header, small % 2u, 0};
        a.answer_head(a.context, &head);
        break;
    }
    case 10:
        a.emit(a.context, text);
        break;
    case 11:
    {
        const swy_piece_t pieces[] = {pieceFrom(input), pieceFrom(input)};
        a.emit_pieces(a.context, pieces, small % 3);
        break;
    }
    case 12:
    {
        const swy_count_t count{text, static_cast<int64_t>(small) - 8};
        const swy_usage_t usage{sizeof(usage), small % 2u, &count, 1, 0};
        a.usage(a.context, &usage);
        break;
    }
    case 13:
        a.finish(a.context);
        break;
    case 14:
    {
        swy_fail_t fail{};
        fail.struct_size = sizeof(fail);
        fail.cause = small % 16u;
        fail.scope = small / 16u;
        fail.message = text;
        a.fail(a.context, &fail);
        break;
    }
    case 15:
        a.timer_start(a.context, id, small);
        break;
    case 16:
        a.timer_stop(a.context, id);
        break;
    case 17:
        a.credential(a.context, id, text);
        break;
    case 18:
        a.media(a.context, id, text);
        break;
    case 19:
    {
        swy_websocket_request_t socket{};
        socket.struct_size = sizeof(socket);
        socket.id = id;
        a.websocket_open(a.context, &socket);
        break;
    }
    case 20:
        if (auto* place = static_cast<char*>(a.alloc(a.context, size_t{small} * 700)))
            for (size_t i = 0; i < size_t{small} * 700; ++i)
                require(std::exchange(place[i], 'x') == 0, "arena memory is zeroed and nobody else's");
        break;
    case 21:
    {
        const swy_piece_t piece = pieceFrom(input);
        uint8_t digest[32];
        a.hash_pieces(a.context, &piece, 1, digest);
        break;
    }
    case 22:
        a.credential_reject(a.context, id);
        break;
    case 23:
        a.websocket_close(a.context, id, small, text);
        break;
    }
}

/// The network's side: which requests are open, and what was told of each.
struct Network
{
    std::map<uint64_t, std::string> open; // to the bytes of the answer so far
    std::set<uint64_t> whole;
    std::set<uint64_t> answered;
    std::set<uint64_t> timers;
};

void takeOrders(Exchange& exchange, Network& network, const ExchangeLimits& limits)
{
    while (const uint64_t aborted = exchange.takeAborted())
        network.open.erase(aborted);
    while (const auto timer = exchange.takeTimer())
    {
        if (timer->delay < 0)
            network.timers.erase(timer->id);
        else
            network.timers.insert(timer->id);
    }
    while (auto request = exchange.takeRequest())
    {
        require(network.open.emplace(request->id(), std::string()).second, "an id that is open is not given out again");
        network.answered.erase(request->id());
        network.whole.erase(request->id());
        if (request->whole()) network.whole.insert(request->id());
        require(network.open.size() <= limits.maxParallel, "no more are open than max_parallel");
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    Input input(data, size);
    Script script;
    script.onEvent = [&input](const swy_actions_t& actions, const swy_event_t&)
    {
        for (unsigned left = input.byte() % 5; left > 0; --left)
            act(input, actions);
    };
    net::ResponseHead head;
    head.status = 200;
    head.headers.add({"content-type", "text/event-stream"});
    head.headers.add({"x-request-id", "1"});
    std::string padded(kBody);
    padded.append(64, '\0');
    ExchangeRequest request;
    request.operation = "chat.completions";
    request.body = std::string_view(padded).substr(0, kBody.size());
    ExchangeLimits limits;
    limits.maxParallel = 3;
    limits.maxOutputPerEvent = 2000;
    limits.maxKept = 300;
    limits.maxArena = 1 << 20;
    FuzzSink sink(input);
    {
        ScriptedChannel channel(script);
        Network network;
        Exchange exchange(channel.object(), request, limits, sink);
        exchange.start();
        for (;;)
        {
            exchange.apply();
            exchange.flushed();
            if (exchange.ended()) break;
            takeOrders(exchange, network, limits);
            require(!network.open.empty() || !network.timers.empty() || exchange.hasRefusals(), "nothing hangs");
            if (input.empty()) break;
            const uint8_t what = input.byte();
            const uint64_t id =
                network.open.empty() ? 0 : std::next(network.open.begin(), what % network.open.size())->first;
            const bool forwarded = id != 0 && exchange.forwarding() == id;
            const size_t before = script.events.size();
            if (what < 8)
                exchange.cancel(what % 5);
            else if (what < 40 || id == 0)
            {
                if (!exchange.tellRefusal() && !network.timers.empty())
                {
                    const uint64_t timer = *network.timers.begin();
                    network.timers.erase(timer);
                    exchange.timer(timer);
                }
            }
            else if (network.answered.insert(id).second)
                exchange.responseHead(id, head);
            else if (what < 180)
            {
                std::string& all = network.open[id];
                const std::string piece(input.bytes());
                if (network.whole.count(id) || piece.empty()) continue;
                all += piece;
                if (!forwarded)
                    exchange.responseBody(id, piece);
                else if (const Failure* failed = sink.forward(piece))
                    exchange.failWith(*failed);
            }
            else
            {
                if (network.whole.count(id) && !forwarded) exchange.responseBody(id, "the whole answer");
                const bool now = exchange.forwarding() == id;
                Failure broken;
                if (now)
                {
                    exchange.apply();
                    exchange.forwardEnded(what % 2 ? &broken : nullptr);
                }
                else if (what % 8 == 7)
                    exchange.transportError(id, SWY_TRANSPORT_RESET, "reset");
                else
                    exchange.responseEnd(id);
                if (exchange.forwarding() != id) network.open.erase(id);
            }
            if (sink.begun && !exchange.ended() && !network.whole.count(exchange.forwarding()))
            {
                exchange.apply();
                if (!exchange.ended())
                    require(sink.forwarded == network.open[exchange.forwarding()],
                            "what is forwarded is the answer from byte 0");
            }
            require(script.events.size() - before <= 3, "an event is told once");
        }
        const size_t told = script.events.size();
        if (exchange.ended())
        {
            exchange.responseHead(1, head);
            exchange.responseBody(1, "x");
            exchange.responseEnd(1);
            exchange.timer(1);
            exchange.tellRefusal();
            exchange.cancel(SWY_CANCEL_SHUTDOWN);
            require(script.events.size() == told, "after the end no event follows");
        }
        if (exchange.state() == Exchange::State::failed) exchange.failure().message.size();
    }
    require(script.exchanges == 0 && script.channels == 0, "everything is destroyed once");
    return 0;
}
