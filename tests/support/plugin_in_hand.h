// A plug-in's shared object, loaded and driven through its C border by a test: events in, actions out, nothing between.
#pragma once

#include "switchyard/provider.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace switchyard::testing
{

using Headers = std::vector<std::pair<std::string, std::string>>;

/// A request that the plug-in asked for; `body` is what its pieces amount to.
struct SentRequest
{
    uint64_t id = 0;
    uint32_t flags = 0;
    std::string method;
    std::string url;
    Headers headers;
    std::string body;

    /// Empty: no such header. Names are compared as they are written.
    std::string header(std::string_view name) const;
};

struct Failed
{
    uint32_t cause = 0;
    uint32_t scope = 0;
    uint32_t httpStatus = 0;
    int64_t retryAfter = 0;
    std::string type, code, message, param, upstream;
};

struct Forwarded
{
    uint32_t flags = 0;
    uint64_t request = 0;
    std::string dialect;
    std::vector<std::string> needles;
};

struct DeltaSeen
{
    uint32_t kind = 0;
    uint32_t choice = 0;
    uint32_t block = 0;
    std::string text, id, name, extra;
};

struct TimerSeen
{
    uint64_t id = 0;
    uint32_t delay = 0;
};

/// What an exchange has done so far.
struct Actions
{
    std::vector<SentRequest> requests;
    std::vector<Forwarded> forwards;
    std::vector<Failed> fails;
    std::vector<DeltaSeen> deltas;
    std::vector<TimerSeen> timers;                      ///< running
    std::vector<std::pair<std::string, int64_t>> usage; ///< the last report of each unit
    bool usageFinal = false;
    std::string emitted;
    int answerStatus = 0;
    Headers answerHeaders;
    bool finished = false;

    int64_t used(std::string_view unit) const; ///< -1: not told
    /// All texts of one kind and choice.
    std::string text(uint32_t kind = SWY_DELTA_TEXT, uint32_t choice = 0) const;
};

/// The start event's contents.
struct StartWith
{
    std::string operation = SWY_OP_CHAT;
    std::string model = "gpt-4o";
    std::string requestedModel; ///< empty: as `model`
    std::string body = "{}";
    std::string target; ///< empty: the operation's usual path
    std::string contentType = "application/json";
    Headers headers;    ///< names in lower case
    uint32_t flags = 0; ///< SWY_START_...
    uint8_t seed = 7;   ///< of the 32 random bytes
};

class ExchangeInHand;

/// A channel of a provider; the plug-in outlives it.
class ChannelInHand
{
public:
    ChannelInHand(const swy_provider_t* provider, swy_channel_t* channel) : provider_(provider), channel_(channel) {}
    ~ChannelInHand() { provider_->channel_destroy(channel_); }
    ChannelInHand(const ChannelInHand&) = delete;
    ChannelInHand& operator=(const ChannelInHand&) = delete;

    /// Makes an exchange and gives it its start event.
    std::unique_ptr<ExchangeInHand> start(const StartWith& with) const;

private:
    const swy_provider_t* provider_;
    swy_channel_t* channel_;
};

/// A running exchange. The host's side keeps no rules here: the checker and the pump have tests for that.
class ExchangeInHand
{
public:
    ExchangeInHand(const swy_provider_t* provider, swy_channel_t* channel, const StartWith& with);
    ~ExchangeInHand();
    ExchangeInHand(const ExchangeInHand&) = delete;
    ExchangeInHand& operator=(const ExchangeInHand&) = delete;

    const Actions& actions() const;

    void head(uint64_t request, int status, const Headers& headers = {});
    void body(uint64_t request, std::string_view bytes);
    void end(uint64_t request);
    void tap(uint64_t request, uint32_t needle, std::string_view data);
    void transportError(uint64_t request, uint32_t errorClass, std::string_view text);
    /// The running timer `id` runs out: it stops running and its event comes.
    void timer(uint64_t id);
    void cancel(uint32_t why);

    /// Lets timers run out, the earliest first, until none runs or `most` events have come; the milliseconds that would
    /// have passed.
    uint64_t runTimers(size_t most = 10000);

    struct State;

private:
    void event(uint32_t kind, uint64_t id, const void* payload);

    std::unique_ptr<State> state_;
};

/// One at a time for one file: the loader maps a file once, so a second one would share its globals.
class PluginInHand
{
public:
    /// Loads the shared object; throws std::runtime_error where it cannot be.
    explicit PluginInHand(const std::string& file);
    ~PluginInHand();
    PluginInHand(const PluginInHand&) = delete;
    PluginInHand& operator=(const PluginInHand&) = delete;

    std::vector<const swy_provider_t*> providers() const;
    /// Throws where there is none of that id.
    const swy_provider_t* provider(std::string_view id) const;
    /// Throws where the plug-in refuses the form; what() is its text.
    std::unique_ptr<ChannelInHand> channel(std::string_view provider, std::string_view baseUrl, std::string_view key,
                                           std::string_view config = "{}") const;

private:
    void* object_ = nullptr;
    const swy_plugin_t* plugin_ = nullptr;
    swy_host_t host_ = {};
};

} // namespace switchyard::testing
