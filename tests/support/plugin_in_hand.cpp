#include "plugin_in_hand.h"

#include "switchyard/json_scan.hpp"

#include <algorithm>
#include <cstdlib>
#include <dlfcn.h>
#include <stdexcept>

namespace switchyard::testing
{

namespace
{

std::string text(swy_given_t bytes) { return bytes.size ? std::string(bytes.data, bytes.size) : std::string(); }
swy_borrowed_t borrowed(std::string_view bytes) { return {bytes.data(), bytes.size()}; }

} // namespace

std::string SentRequest::header(std::string_view name) const
{
    for (const auto& [known, value] : headers)
        if (known == name) return value;
    return {};
}

int64_t Actions::used(std::string_view unit) const
{
    for (const auto& [known, amount] : usage)
        if (known == unit) return amount;
    return -1;
}

std::string Actions::text(uint32_t kind, uint32_t choice) const
{
    std::string all;
    for (const DeltaSeen& delta : deltas)
        if (delta.kind == kind && delta.choice == choice) all += delta.text;
    return all;
}

/// The host's side of one exchange.
struct ExchangeInHand::State
{
    const swy_provider_t* provider = nullptr;
    swy_exchange_t* exchange = nullptr;
    swy_actions_t table = {};
    Actions done;
    std::string body; // with 64 bytes behind it
    size_t bodySize = 0;
    std::vector<swy_member_t> members;
    std::vector<void*> arena;
    int64_t now = 1'700'000'000'000;

    static State& of(void* context) { return *static_cast<State*>(context); }
    std::string whole(const swy_piece_t* pieces, uint32_t count) const;
    void bind();
};

std::string ExchangeInHand::State::whole(const swy_piece_t* pieces, uint32_t count) const
{
    std::string out;
    for (uint32_t i = 0; i < count; ++i)
    {
        const swy_piece_t& piece = pieces[i];
        if (piece.kind == SWY_PIECE_BYTES)
            out += text(piece.bytes);
        else if (piece.kind == SWY_PIECE_CLIENT_BODY && piece.offset + piece.size <= bodySize)
            out.append(body, piece.offset, piece.size);
        else
            throw std::runtime_error("a piece of the body is invalid");
    }
    return out;
}

void ExchangeInHand::State::bind()
{
    table.struct_size = sizeof table;
    table.context = this;
    table.http_request = [](void* context, const swy_http_request_t* request) -> swy_status_t
    {
        State& self = of(context);
        SentRequest sent{request->id,
                         request->flags,
                         text(request->method),
                         text(request->url),
                         {},
                         self.whole(request->body, request->body_count)};
        for (uint32_t i = 0; i < request->header_count; ++i)
            sent.headers.emplace_back(text(request->headers[i].name), text(request->headers[i].value));
        self.done.requests.push_back(std::move(sent));
        return SWY_ACCEPTED;
    };
    table.forward = [](void* context, const swy_forward_t* forward) -> swy_status_t
    {
        Forwarded seen{forward->flags, forward->request, text(forward->dialect), {}};
        for (uint32_t i = 0; i < forward->needle_count; ++i)
            seen.needles.push_back(text(forward->needles[i]));
        of(context).done.forwards.push_back(std::move(seen));
        return SWY_ACCEPTED;
    };
    table.delta = [](void* context, const swy_delta_t* delta) -> swy_status_t
    {
        of(context).done.deltas.push_back({delta->kind, delta->choice, delta->block, text(delta->text), text(delta->id),
                                           text(delta->name), text(delta->extra)});
        return SWY_ACCEPTED;
    };
    table.answer_head = [](void* context, const swy_answer_head_t* head) -> swy_status_t
    {
        Actions& seen = of(context).done;
        seen.answerStatus = static_cast<int>(head->status);
        for (uint32_t i = 0; i < head->header_count; ++i)
            seen.answerHeaders.emplace_back(text(head->headers[i].name), text(head->headers[i].value));
        return SWY_ACCEPTED;
    };
    table.emit = [](void* context, swy_given_t bytes) -> swy_status_t
    {
        of(context).done.emitted += text(bytes);
        return SWY_ACCEPTED;
    };
    table.usage = [](void* context, const swy_usage_t* usage) -> swy_status_t
    {
        Actions& seen = of(context).done;
        seen.usageFinal = seen.usageFinal || (usage->flags & SWY_USAGE_FINAL);
        for (uint32_t i = 0; i < usage->count_count; ++i)
        {
            const std::string unit = text(usage->counts[i].unit);
            std::erase_if(seen.usage, [&](const auto& known) { return known.first == unit; });
            seen.usage.emplace_back(unit, usage->counts[i].amount);
        }
        return SWY_ACCEPTED;
    };
    table.finish = [](void* context) -> swy_status_t
    {
        of(context).done.finished = true;
        return SWY_ACCEPTED;
    };
    table.fail = [](void* context, const swy_fail_t* fail) -> swy_status_t
    {
        of(context).done.fails.push_back({fail->cause, fail->scope, fail->http_status, fail->retry_after,
                                          text(fail->type), text(fail->code), text(fail->message), text(fail->param),
                                          text(fail->upstream)});
        return SWY_ACCEPTED;
    };
    table.timer_start = [](void* context, uint64_t id, uint32_t delay) -> swy_status_t
    {
        auto& timers = of(context).done.timers;
        std::erase_if(timers, [id](const TimerSeen& timer) { return timer.id == id; });
        timers.push_back({id, delay});
        return SWY_ACCEPTED;
    };
    table.timer_stop = [](void* context, uint64_t id) -> swy_status_t
    {
        std::erase_if(of(context).done.timers, [id](const TimerSeen& timer) { return timer.id == id; });
        return SWY_ACCEPTED;
    };
    table.tap_drop = [](void*) -> swy_status_t { return SWY_ACCEPTED; };
    table.tap_replace = [](void*, swy_given_t) -> swy_status_t { return SWY_ACCEPTED; };
    table.abort = [](void*, uint64_t) -> swy_status_t { return SWY_ACCEPTED; };
    table.alloc = [](void* context, size_t size) -> void*
    {
        of(context).arena.push_back(std::calloc(1, size));
        return of(context).arena.back();
    };
    table.log = [](void*, uint32_t, swy_given_t) {};
}

ExchangeInHand::ExchangeInHand(const swy_provider_t* provider, swy_channel_t* channel, const StartWith& with)
    : state_(std::make_unique<State>())
{
    State& state = *state_;
    state.provider = provider;
    state.bind();
    state.body = with.body + std::string(64, '\0');
    state.bodySize = with.body.size();
    const std::string_view body(state.body.data(), state.bodySize);
    sdk::checkJson(body, 128,
                   [&](const sdk::JsonSpan& member)
                   {
                       state.members.push_back({borrowed(body.substr(member.nameOffset + 1, member.nameSize - 2)),
                                                member.nameOffset, member.valueOffset, member.valueSize});
                   });
    state.exchange = provider->exchange_create(provider, channel, &state.table);
    if (!state.exchange) throw std::runtime_error("the plug-in made no exchange");

    std::vector<swy_header_t> headers;
    for (const auto& [name, value] : with.headers)
        headers.push_back({borrowed(name), borrowed(value)});
    const std::string target = !with.target.empty()                   ? with.target
                               : with.operation == SWY_OP_CHAT        ? "/v1/chat/completions"
                               : with.operation == SWY_OP_COMPLETIONS ? "/v1/completions"
                               : with.operation == SWY_OP_EMBEDDINGS  ? "/v1/embeddings"
                               : with.operation == SWY_OP_MODERATIONS ? "/v1/moderations"
                                                                      : "/v1/models";
    uint8_t random[32];
    for (size_t i = 0; i < sizeof random; ++i)
        random[i] = static_cast<uint8_t>(with.seed + i);
    swy_start_t start = {};
    start.struct_size = sizeof start;
    start.flags = with.flags;
    start.operation = borrowed(with.operation);
    start.dialect = borrowed(SWY_DIALECT_OPENAI);
    start.model = borrowed(with.model);
    start.requested_model = borrowed(with.requestedModel.empty() ? with.model : with.requestedModel);
    start.body = borrowed(body);
    start.members = state.members.data();
    start.member_count = static_cast<uint32_t>(state.members.size());
    start.headers = headers.data();
    start.header_count = static_cast<uint32_t>(headers.size());
    start.attempt = 1;
    start.method = borrowed(with.operation == SWY_OP_MODELS ? "GET" : "POST");
    start.target = borrowed(target);
    start.content_type = borrowed(with.contentType);
    start.request_id = borrowed("req-1");
    start.random = random;
    start.max_output_per_event = uint64_t{64} << 20;
    start.max_parallel = 8;
    event(SWY_EVENT_START, 0, &start);
}

ExchangeInHand::~ExchangeInHand()
{
    state_->provider->exchange_destroy(state_->exchange);
    for (void* block : state_->arena)
        std::free(block);
}

const Actions& ExchangeInHand::actions() const { return state_->done; }

void ExchangeInHand::event(uint32_t kind, uint64_t id, const void* payload)
{
    const swy_event_t event = {sizeof event, kind, id, state_->now, payload};
    state_->provider->event(state_->exchange, &event);
}

void ExchangeInHand::head(uint64_t request, int status, const Headers& headers)
{
    std::vector<swy_header_t> raw;
    for (const auto& [name, value] : headers)
        raw.push_back({borrowed(name), borrowed(value)});
    const swy_response_head_t head = {sizeof head, static_cast<uint32_t>(status), raw.data(),
                                      static_cast<uint32_t>(raw.size()), 0};
    event(SWY_EVENT_RESPONSE_HEAD, request, &head);
}

void ExchangeInHand::body(uint64_t request, std::string_view bytes)
{
    const swy_bytes_t payload = {sizeof payload, 0, borrowed(bytes)};
    event(SWY_EVENT_RESPONSE_BODY, request, &payload);
}

void ExchangeInHand::end(uint64_t request) { event(SWY_EVENT_RESPONSE_END, request, nullptr); }

void ExchangeInHand::tap(uint64_t request, uint32_t needle, std::string_view data)
{
    const swy_tap_t tap = {sizeof tap, needle, borrowed(data), borrowed(data)};
    event(SWY_EVENT_TAP, request, &tap);
}

void ExchangeInHand::transportError(uint64_t request, uint32_t errorClass, std::string_view text)
{
    const swy_transport_error_t error = {sizeof error, errorClass, borrowed(text)};
    event(SWY_EVENT_TRANSPORT_ERROR, request, &error);
}

void ExchangeInHand::timer(uint64_t id)
{
    std::erase_if(state_->done.timers, [id](const TimerSeen& timer) { return timer.id == id; });
    event(SWY_EVENT_TIMER, id, nullptr);
}

void ExchangeInHand::cancel(uint32_t why)
{
    const swy_cancel_t cancel = {sizeof cancel, why};
    event(SWY_EVENT_CANCEL, 0, &cancel);
}

uint64_t ExchangeInHand::runTimers(size_t most)
{
    uint64_t passed = 0;
    for (; most > 0 && !state_->done.timers.empty(); --most)
    {
        const auto next = std::min_element(state_->done.timers.begin(), state_->done.timers.end(),
                                           [](const TimerSeen& a, const TimerSeen& b) { return a.delay < b.delay; });
        const TimerSeen due = *next;
        for (TimerSeen& timer : state_->done.timers)
            timer.delay -= due.delay;
        passed += due.delay;
        state_->now += due.delay;
        timer(due.id);
    }
    return passed;
}

std::unique_ptr<ExchangeInHand> ChannelInHand::start(const StartWith& with) const
{
    return std::make_unique<ExchangeInHand>(provider_, channel_, with);
}

PluginInHand::PluginInHand(const std::string& file)
{
    object_ = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (!object_) throw std::runtime_error(::dlerror());
    plugin_ = static_cast<const swy_plugin_t*>(::dlsym(object_, "switchyard_plugin"));
    if (!plugin_) throw std::runtime_error(file + " exports no switchyard_plugin");
    host_ = {sizeof host_, SWY_ABI_MAJOR, SWY_ABI_MINOR, 0, "test", "0", nullptr,
             // Timers are an ability without a table: anything but null says it is there.
             [](void*, const char* id) -> const void*
             { return std::string_view(id) == SWY_EXT_TIMER ? "timer" : nullptr; },
             [](void*, uint32_t, swy_given_t) {}};
    char room[256];
    swy_text_out_t error = {sizeof error, 0, room, sizeof room, 0};
    if (!plugin_->init(&host_, &error)) throw std::runtime_error("init: " + std::string(room, error.size));
}

PluginInHand::~PluginInHand()
{
    plugin_->deinit();
    ::dlclose(object_);
}

std::vector<const swy_provider_t*> PluginInHand::providers() const
{
    std::vector<const swy_provider_t*> all;
    for (uint32_t i = 0; const swy_provider_t* each = plugin_->provider(i); ++i)
        all.push_back(each);
    return all;
}

const swy_provider_t* PluginInHand::provider(std::string_view id) const
{
    for (const swy_provider_t* each : providers())
        if (id == each->descriptor->id) return each;
    throw std::runtime_error("there is no provider " + std::string(id));
}

std::unique_ptr<ChannelInHand> PluginInHand::channel(std::string_view id, std::string_view baseUrl,
                                                     std::string_view key, std::string_view config) const
{
    const swy_provider_t* of = provider(id);
    if (baseUrl.empty() && of->descriptor->default_base_url) baseUrl = of->descriptor->default_base_url;
    const swy_channel_config_t form = {sizeof form, 0, borrowed(baseUrl), borrowed(key), borrowed(config), 0, 0};
    char room[512];
    swy_text_out_t error = {sizeof error, 0, room, sizeof room, 0};
    swy_channel_t* made = of->channel_create(of, &form, &error);
    if (!made) throw std::runtime_error(std::string(room, error.size));
    return std::make_unique<ChannelInHand>(of, made);
}

} // namespace switchyard::testing
