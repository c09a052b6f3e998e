#include "driver.h"

#include "play.h"

#include <algorithm>
#include <cstring>

namespace switchyard::check
{
namespace
{

constexpr size_t kLargestPiece = 16384;
constexpr int kMostTurns = 200000; // events other than body pieces: a plug-in that sets timers for ever is told so
constexpr std::string_view kOneAnswer = "the recording has one answer only";

// Bytes of an event live no longer than the call: what the plug-in keeps of them is rubbish afterwards.
class Lent
{
public:
    explicit Lent(std::string_view bytes) : copy_(bytes) {}
    ~Lent() { std::memset(copy_.data(), 0xDD, copy_.size()); }
    swy_borrowed_t borrowed() const { return {copy_.data(), copy_.size()}; }

private:
    std::string copy_;
};

std::vector<std::string_view> pieces(std::string_view body, const std::vector<size_t>& cuts)
{
    std::vector<std::string_view> result;
    size_t at = 0;
    const auto upTo = [&](size_t end)
    {
        for (; at < end; at = std::min(end, at + kLargestPiece))
            result.push_back(body.substr(at, std::min(kLargestPiece, end - at)));
    };
    for (const size_t cut : cuts)
        upTo(std::min(cut, body.size()));
    upTo(body.size());
    return result;
}

class Driver
{
public:
    Driver(const Scene& scene, const std::vector<size_t>& cuts, bool trace)
        : scene_(scene), cuts_(cuts), play_(scene, trace)
    {
    }

    Outcome run()
    {
        swy_exchange_t* exchange = scene_.provider.exchange_create(&scene_.provider, scene_.channel, &play_.actions());
        if (!exchange)
        {
            play_.fault("exchange_create gave no exchange");
            return std::move(play_.outcome());
        }
        exchange_ = exchange;
        start();
        for (int turn = 0; play_.running(); ++turn)
        {
            if (turn == kMostTurns)
            {
                play_.fault("it does not come to an end");
                break;
            }
            if (!step()) break;
        }
        scene_.provider.exchange_destroy(exchange);
        return std::move(play_.outcome());
    }

private:
    void deliver(uint32_t kind, uint64_t id, const void* payload)
    {
        const swy_event_t event = {sizeof event, kind, id, play_.now(), payload};
        play_.eventBegins(kind, id);
        scene_.provider.event(exchange_, &event);
        play_.eventEnds();
    }

    void start()
    {
        const swy_start_t start = play_.startRecord();
        deliver(SWY_EVENT_START, 0, &start);
    }

    /// Delivers what is due next. False: there is nothing, and the exchange should have ended.
    bool step()
    {
        if (const uint64_t id = play_.nextRequest())
        {
            if (play_.outcome().answered)
            {
                play_.outcome().more = true;
                refuse(id, SWY_TRANSPORT_REFUSED, kOneAnswer);
            }
            else
                answer(id);
            return true;
        }
        Refusal refusal;
        if (play_.nextRefusal(refusal))
        {
            play_.outcome().more = true;
            if (refusal.kind == SWY_EVENT_CREDENTIAL)
            {
                const swy_credential_t none = {
                    sizeof none, SWY_CAUSE_UNSUPPORTED, {nullptr, 0}, {kOneAnswer.data(), kOneAnswer.size()}, 0};
                deliver(refusal.kind, refusal.id, &none);
            }
            else if (refusal.kind == SWY_EVENT_MEDIA)
            {
                const swy_media_t none = {sizeof none,
                                          SWY_CAUSE_UNSUPPORTED,
                                          {nullptr, 0},
                                          {nullptr, 0},
                                          {kOneAnswer.data(), kOneAnswer.size()}};
                deliver(refusal.kind, refusal.id, &none);
            }
            else
                refuse(refusal.id, SWY_TRANSPORT_UNSUPPORTED, "this host has no WebSocket");
            return true;
        }
        if (const uint64_t id = play_.nextTimer())
        {
            deliver(SWY_EVENT_TIMER, id, nullptr);
            return true;
        }
        play_.fault("an event left nothing outstanding and did not finish");
        return false;
    }

    void refuse(uint64_t id, uint32_t errorClass, std::string_view text)
    {
        const swy_transport_error_t error = {sizeof error, errorClass, {text.data(), text.size()}};
        play_.close(id);
        deliver(SWY_EVENT_TRANSPORT_ERROR, id, &error);
    }

    /// Head, body in pieces, end; from a forward on the host's own way.
    void answer(uint64_t id)
    {
        play_.outcome().answered = true;
        const Recording& recording = scene_.recording;
        const bool whole = play_.wantsWhole(id);
        {
            std::vector<std::unique_ptr<Lent>> lent;
            std::vector<swy_header_t> headers;
            const auto lend = [&](std::string_view text)
            { return lent.emplace_back(std::make_unique<Lent>(text))->borrowed(); };
            for (const auto& [name, value] : recording.headers)
            {
                const swy_borrowed_t n = lend(name);
                headers.push_back({n, lend(value)});
            }
            const swy_response_head_t head = {sizeof head, static_cast<uint32_t>(recording.status), headers.data(),
                                              static_cast<uint32_t>(headers.size()), 0};
            deliver(SWY_EVENT_RESPONSE_HEAD, id, &head);
        }
        const auto parts = whole ? std::vector<std::string_view>{recording.answer} : pieces(recording.answer, cuts_);
        for (const std::string_view part : parts)
        {
            if (!play_.open(id)) return;
            play_.received(part); // kept, should the plug-in decide to forward
            if (!play_.forwarding())
            {
                const Lent bytes(part);
                const swy_bytes_t body = {sizeof body, 0, bytes.borrowed()};
                deliver(SWY_EVENT_RESPONSE_BODY, id, &body);
            }
            passOn();
        }
        if (!play_.open(id)) return;
        if (!play_.forwarding())
        {
            play_.close(id);
            deliver(SWY_EVENT_RESPONSE_END, id, nullptr);
            return;
        }
        passOn();
        endForward();
    }

    void passOn()
    {
        while (play_.running() && play_.forwarding())
        {
            Shown shown;
            if (!play_.nextShown(shown)) return;
            tap(shown);
        }
    }

    void endForward()
    {
        Shown shown;
        while (play_.running() && play_.lastShown(shown))
            tap(shown);
        play_.forwardEnded();
    }

    void tap(const Shown& shown)
    {
        const Lent frame(shown.frame), data(shown.data);
        const swy_tap_t tap = {sizeof tap, shown.needle, frame.borrowed(), data.borrowed()};
        deliver(SWY_EVENT_TAP, play_.forwarded(), &tap);
        play_.tapEnded(shown);
    }

    const Scene& scene_;
    const std::vector<size_t>& cuts_;
    Play play_;
    swy_exchange_t* exchange_ = nullptr;
};

} // namespace

Outcome play(const Scene& scene, const std::vector<size_t>& cuts, bool trace)
{
    return Driver(scene, cuts, trace).run();
}

} // namespace switchyard::check
