#include "gateway.h"

#include "providers/exchange.h"
#include "providers/plugin.h"
#include "relay/body_scan.h"
#include "relay/forwarder.h"
#include "store/entities.h"

#include <array>
#include <dlfcn.h>
#include <stdexcept>
#include <sys/uio.h>

namespace switchyard::replay
{

namespace
{

constexpr uint64_t kNoRequest = 0;

/// Collects what a client would get.
class Client final : public providers::AnswerSink
{
public:
    Client(std::string_view operation, bool stream, std::string_view model)
    {
        request_ = {operation, stream, model, nullptr};
    }

    const providers::Failure* forwardBegin(const providers::ForwardPlan& plan, providers::TapPort& taps) override
    {
        forwarder_ = relay::makeForwarder(request_, plan, taps);
        outcome.forwardFlags = plan.flags;
        return nullptr;
    }
    const providers::Failure* forward(std::string_view bytes) override { return forwarder_->feed(bytes, queue_); }
    const providers::Failure* forwardEnd(bool complete) override { return forwarder_->end(complete, queue_); }
    const providers::Failure* delta(const providers::Delta&) override { return nullptr; }
    const providers::Failure* answerHead(int, std::span<const providers::HeaderView>) override { return nullptr; }
    const providers::Failure* emit(std::string_view bytes) override
    {
        queue_.copy(bytes);
        return nullptr;
    }
    void usage(std::span<const providers::Count> counts, bool final) override
    {
        for (const providers::Count& count : counts)
        {
            if (count.unit == SWY_UNIT_INPUT) reported_.input = count.amount;
            if (count.unit == SWY_UNIT_OUTPUT) reported_.output = count.amount;
            if (count.unit == SWY_UNIT_CACHED) reported_.cached = count.amount;
            if (count.unit == SWY_UNIT_REASONING) reported_.reasoning = count.amount;
        }
        reported_.reported = true;
        reported_.final = reported_.final || final;
    }
    const providers::Failure* finish() override { return nullptr; }
    net::Task<bool> flush() override
    {
        drain();
        co_return true;
    }
    bool pending() const override { return !queue_.empty(); }
    bool committed() const override { return forwarder_ && forwarder_->observed().committed; }

    /// The client's socket takes everything.
    void drain()
    {
        std::array<iovec, 8> room;
        while (!queue_.empty())
        {
            size_t taken = 0;
            for (size_t i = 0, count = queue_.fill(room); i < count; ++i)
            {
                outcome.bytes.append(static_cast<const char*>(room[i].iov_base), room[i].iov_len);
                taken += room[i].iov_len;
            }
            queue_.consume(taken);
        }
    }

    Outcome& done()
    {
        drain();
        outcome.usage = reported_;
        if (!forwarder_) return outcome;
        const relay::Observed& seen = forwarder_->observed();
        if (!reported_.reported) outcome.usage = seen.usage;
        outcome.finish = seen.finish;
        outcome.passedError = seen.hasPassedError;
        return outcome;
    }

    Outcome outcome;

private:
    relay::ForwardRequest request_;
    std::unique_ptr<relay::Forwarder> forwarder_;
    relay::OutputQueue queue_;
    relay::Usage reported_;
};

void tell(Outcome& outcome, const providers::Failure& failure)
{
    outcome.failureCause = static_cast<int>(failure.cause);
    outcome.failureScope = static_cast<int>(failure.scope);
    outcome.failureStatus = failure.httpStatus;
    outcome.failureMessage = failure.message;
    outcome.failureCode = failure.code;
}

std::string clientPath(const std::string& operation)
{
    return operation == "chat.completions" ? "/v1/chat/completions" : "/v1/" + operation;
}

} // namespace

std::string Outcome::differenceFrom(const Outcome& other) const
{
    if (bytes != other.bytes)
    {
        size_t at = 0;
        while (at < bytes.size() && at < other.bytes.size() && bytes[at] == other.bytes[at])
            ++at;
        return "the client's bytes differ from byte " + std::to_string(at) + " on (" + std::to_string(bytes.size()) +
               " and " + std::to_string(other.bytes.size()) + " in all)";
    }
    if (finished != other.finished) return finished ? "it finished" : "it did not finish: " + failureMessage;
    if (passedError != other.passedError) return "an error frame was passed on in one of them";
    if (failureCause != other.failureCause || failureScope != other.failureScope ||
        failureStatus != other.failureStatus || failureCode != other.failureCode)
        return "the failures differ: '" + failureMessage + "' and '" + other.failureMessage + "'";
    if (failureMessage != other.failureMessage)
        return "the messages differ: '" + failureMessage + "' and '" + other.failureMessage + "'";
    if (usage.reported != other.usage.reported || usage.input != other.usage.input ||
        usage.output != other.usage.output || usage.cached != other.usage.cached ||
        usage.reasoning != other.usage.reasoning || usage.final != other.usage.final)
        return "the usage differs";
    if (finish != other.finish) return "the finish reasons differ";
    return {};
}

struct Gateway::Loaded
{
    void* object = nullptr;
    std::shared_ptr<providers::Plugin> plugin;
    std::vector<providers::ProviderPtr> all;
};

Gateway::Gateway(const std::string& pluginFile) : loaded_(std::make_unique<Loaded>())
{
    loaded_->object = ::dlopen(pluginFile.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (!loaded_->object) throw std::runtime_error(::dlerror());
    const auto* table = static_cast<const swy_plugin_t*>(::dlsym(loaded_->object, "switchyard_plugin"));
    if (!table) throw std::runtime_error(pluginFile + " exports no switchyard_plugin");
    loaded_->plugin = std::make_shared<providers::Plugin>("replayed", "", nullptr);
    auto begun = loaded_->plugin->begin(*table);
    if (!begun) throw std::runtime_error(begun.error());
    auto offers = loaded_->plugin->offers();
    if (!offers) throw std::runtime_error(offers.error());
    for (auto& offer : *offers)
        loaded_->all.push_back(
            std::make_shared<providers::Provider>(loaded_->plugin, *offer.table, std::move(offer.descriptor)));
}

Gateway::~Gateway()
{
    loaded_->all.clear();
    loaded_->plugin->end();
    ::dlclose(loaded_->object);
}

std::string Gateway::providerFor(const std::string& id) const
{
    for (const providers::ProviderPtr& each : loaded_->all)
        if (each->id() == id) return id;
    return loaded_->all.at(0)->id();
}

providers::ChannelObjectPtr Gateway::channelOf(const std::string& provider, const std::string& config) const
{
    for (const providers::ProviderPtr& each : loaded_->all)
    {
        if (each->id() != provider) continue;
        store::Channel channel;
        channel.id = 1;
        channel.provider = provider;
        channel.name = "replayed";
        channel.baseUrl =
            each->descriptor().defaultBaseUrl.empty() ? "https://replay.example" : each->descriptor().defaultBaseUrl;
        channel.key = "sk-a-key-that-is-not-in-the-recordings";
        channel.config = config;
        auto made = providers::ChannelObject::create(each, channel);
        if (!made) throw std::runtime_error(made.error());
        return *made;
    }
    throw std::runtime_error("there is no provider " + provider);
}

std::unique_ptr<Prepared> Gateway::prepare(const Vector& vector, const std::string& provider, const std::string& config,
                                           const std::string& requestBody, bool wantsUsage) const
{
    return std::make_unique<Prepared>(vector, channelOf(provider, config), requestBody, wantsUsage);
}

Prepared::Prepared(const Vector& vector, providers::ChannelObjectPtr channel, const std::string& requestBody,
                   bool wantsUsage)
    : vector_(vector), channel_(std::move(channel)), body_(requestBody + std::string(64, '\0')),
      target_(clientPath(vector.operation))
{
    const std::string_view body(body_.data(), requestBody.size());
    if (!body.empty())
    {
        auto index = relay::scanBody(body);
        if (!index) throw std::runtime_error(vector.id + ": its request is no JSON that the gateway takes");
        index_ = std::move(*index);
        request_.members = index_.members();
    }
    request_.operation = vector.operation;
    request_.dialect = "openai";
    request_.model = vector.model;
    request_.requestedModel = vector.model;
    request_.body = body;
    request_.method = vector.operation == "models" ? "GET" : "POST";
    request_.target = target_;
    request_.contentType = "application/json";
    request_.requestId = "replay";
    request_.stream = vector.stream;
    request_.wantsUsage = wantsUsage;
}

Outcome Prepared::run(const std::vector<size_t>& cuts) const
{
    Client client(request_.operation, vector_.stream, vector_.model);
    const providers::ExchangeLimits limits;
    providers::Exchange exchange(channel_, request_, limits, client);
    const auto settled = [&]
    {
        exchange.apply();
        client.drain();
        exchange.flushed();
        return exchange.ended();
    };

    exchange.start();
    settled();
    uint64_t id = kNoRequest;
    if (auto sent = exchange.takeRequest())
    {
        id = sent->id();
        const net::Url& url = sent->url();
        client.outcome.sentUrl =
            std::string(url.scheme()) + "://" + std::string(url.authority()) + std::string(url.target());
        for (const std::string_view piece : sent->body())
            client.outcome.sentBody += piece;
    }
    if (id != kNoRequest)
    {
        net::ResponseHead head;
        head.status = vector_.status;
        for (const auto& [name, value] : vector_.headers)
            head.headers.add({name, value});
        exchange.responseHead(id, head);
        settled();
    }
    size_t at = 0;
    for (size_t i = 0; i <= cuts.size() && id != kNoRequest && !exchange.ended(); ++i)
    {
        const size_t end = i < cuts.size() ? cuts[i] : vector_.body.size();
        if (end <= at) continue;
        // A buffer of its own, gone after the flush: views that outlive it show under asan.
        const std::string piece = vector_.body.substr(at, end - at);
        at = end;
        if (exchange.forwarding() != id)
            exchange.responseBody(id, piece);
        else if (const providers::Failure* failed = client.forward(piece))
            exchange.failWith(*failed);
        settled();
    }
    if (id != kNoRequest && !exchange.ended())
    {
        if (exchange.forwarding() == id)
            exchange.forwardEnded(nullptr);
        else
            exchange.responseEnd(id);
        settled();
    }
    Outcome& outcome = client.done();
    outcome.finished = exchange.state() == providers::Exchange::State::finished;
    if (exchange.state() == providers::Exchange::State::failed) tell(outcome, exchange.failure());
    return outcome;
}

} // namespace switchyard::replay
