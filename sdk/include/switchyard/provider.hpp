// Writing a provider plug-in in C++17: this header and the standard library are all it takes.
//
//     class Hello : public switchyard::Exchange
//     {
//         void onStart(const switchyard::Start&) override
//         {
//             text("hello");
//             stop("stop");
//             finish();
//         }
//     };
//     SWITCHYARD_PROVIDER(Hello, "hello", "Says hello", SWY_OP_CHAT)
//
// A provider with settings of its own names its channel class, which is made once per channel and key, may throw to
// refuse the form (what() is shown to the administrator), and is handed to the exchange's constructor:
//
//     struct MyChannel : switchyard::Channel { explicit MyChannel(const switchyard::ChannelConfig&); ... };
//     class Mine : public switchyard::Exchange
//     {
//     public:
//         using ChannelType = MyChannel;
//         explicit Mine(const MyChannel& channel);
//
// A plug-in with many providers, or with more to say of them, writes a function and names it in one source file:
//
//     static void offer(switchyard::Plugin& plugin)
//     {
//         for (const Row& row : kFamily) plugin.provider<Mine>(describe(row), &row);
//     }
//     SWITCHYARD_PLUGIN(offer)                                  // or
//     SWITCHYARD_PLUGIN_REQUIRES(offer, SWY_EXT_CRYPTO)
#pragma once

#include "exchange.hpp"

#include <cstring>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace switchyard
{

/// What a channel is made of. Views live until the channel's constructor returns.
struct ChannelConfig
{
    std::string_view baseUrl; ///< without a slash at its end
    std::string_view key;
    sdk::JsonView config;      ///< a JSON object
    uint32_t typeNumber;       ///< One API's; 0: none
    std::string_view provider; ///< the descriptor's id
    const void* data;          ///< what Plugin::provider was given
};

/// The channel of a provider that needs no more than this. Immutable, shared by all its exchanges.
struct Channel
{
    explicit Channel(const ChannelConfig& from)
        : baseUrl(from.baseUrl), key(from.key), config(from.config.json()), typeNumber(from.typeNumber)
    {
    }

    std::string baseUrl; ///< without a slash at its end
    std::string key;
    std::string config; ///< a JSON object
    uint32_t typeNumber;
};

/// Thrown by a channel's constructor: "region: is missing; give the name of ...".
class BadChannel : public std::invalid_argument
{
public:
    BadChannel(std::string_view field, std::string_view problem)
        : std::invalid_argument(std::string(field) + ": " + std::string(problem))
    {
    }
};

struct Model
{
    std::string name;
    uint64_t maxInput = 0;
    uint64_t maxOutput = 0;
};

/// What a provider says of itself; see swy_descriptor_t. Empty texts are left out.
struct Descriptor
{
    std::string id;
    std::string name;
    std::vector<std::string> operations;
    std::vector<std::string> dialects = {SWY_DIALECT_OPENAI};
    std::string vendor;
    std::string version = "1.0.0";
    std::string homePage;
    std::string icon;
    std::string defaultBaseUrl;
    std::vector<std::string> hosts;
    std::vector<uint32_t> typeNumbers;
    std::vector<Model> models;
    std::string keyHint;
    std::string configSchema; ///< a JSON Schema
    uint32_t capabilities = 0;
};

/// The host as the plug-in's init got it: extensions and log. Defined by SWITCHYARD_PLUGIN.
const swy_host_t& host();

/// An extension of the host, or nullptr: hostExtension<swy_crypto_t>(SWY_EXT_CRYPTO).
template <class Table>
const Table* hostExtension(const char* id)
{
    return static_cast<const Table*>(host().extension(host().context, id));
}

namespace detail
{

template <class E, class = void>
struct ChannelOf
{
    using type = Channel;
};
template <class E>
struct ChannelOf<E, std::void_t<typename E::ChannelType>>
{
    using type = typename E::ChannelType;
};

inline void writeText(swy_text_out_t* out, std::string_view text)
{
    if (!out || !out->text) return;
    out->size = text.size() < out->capacity ? text.size() : out->capacity;
    std::memcpy(out->text, text.data(), out->size);
}

/// A provider's record together with what it points to.
struct Offer : swy_provider_t
{
    Offer(Descriptor from, const void* rowData) : swy_provider_t{}, info(std::move(from)), data(rowData)
    {
        const auto text = [](const std::string& s) { return s.empty() ? nullptr : s.c_str(); };
        const auto list = [](const std::vector<std::string>& from_, std::vector<const char*>& to)
        {
            for (const std::string& s : from_)
                to.push_back(s.c_str());
            to.push_back(nullptr);
            return to.data();
        };
        for (const Model& model : info.models)
            models.push_back({sizeof(swy_model_t), 0, model.name.c_str(), model.maxInput, model.maxOutput});
        for (const swy_model_t& model : models)
            modelList.push_back(&model);
        raw = {sizeof raw,
               info.capabilities,
               text(info.id),
               text(info.name),
               text(info.vendor),
               text(info.version),
               text(info.homePage),
               text(info.icon),
               text(info.defaultBaseUrl),
               list(info.hosts, hosts),
               list(info.operations, operations),
               list(info.dialects, dialects),
               info.typeNumbers.data(),
               modelList.data(),
               static_cast<uint32_t>(info.typeNumbers.size()),
               static_cast<uint32_t>(modelList.size()),
               text(info.keyHint),
               text(info.configSchema)};
        struct_size = sizeof(swy_provider_t);
        descriptor = &raw;
    }
    Offer(const Offer&) = delete;
    Offer& operator=(const Offer&) = delete;

    Descriptor info;
    const void* data;
    std::vector<const char*> hosts, operations, dialects;
    std::vector<swy_model_t> models;
    std::vector<const swy_model_t*> modelList;
    swy_descriptor_t raw = {};
};

/// The functions of a provider whose exchanges are of class E: where exceptions end.
template <class E>
struct Glue
{
    using ChannelType = typename ChannelOf<E>::type;

    static swy_channel_t* channelCreate(const swy_provider_t* provider, const swy_channel_config_t* config,
                                        swy_text_out_t* error) noexcept
    {
        try
        {
            const Offer& offer = static_cast<const Offer&>(*provider);
            std::string_view url = view(config->base_url);
            while (!url.empty() && url.back() == '/')
                url.remove_suffix(1);
            const ChannelConfig made = {
                url,           view(config->key), sdk::JsonView(view(config->config)), config->type_number,
                offer.info.id, offer.data};
            return reinterpret_cast<swy_channel_t*>(new ChannelType(made));
        }
        catch (const std::exception& problem)
        {
            writeText(error, problem.what());
        }
        catch (...)
        {
            writeText(error, "the plug-in threw something that is no std::exception");
        }
        return nullptr;
    }

    static void channelDestroy(swy_channel_t* channel) noexcept { delete reinterpret_cast<ChannelType*>(channel); }

    static swy_exchange_t* exchangeCreate(const swy_provider_t*, swy_channel_t* channel,
                                          const swy_actions_t* actions) noexcept
    {
        try
        {
            std::unique_ptr<Exchange> made;
            if constexpr (std::is_constructible_v<E, const ChannelType&>)
                made.reset(new E(*reinterpret_cast<const ChannelType*>(channel)));
            else
                made.reset(new E());
            made->bind(*actions);
            return reinterpret_cast<swy_exchange_t*>(made.release());
        }
        catch (const std::exception& problem)
        {
            actions->log(actions->context, SWY_LOG_ERROR, given(problem.what()));
            return nullptr;
        }
    }

    static void event(swy_exchange_t* exchange, const swy_event_t* event) noexcept
    {
        reinterpret_cast<Exchange*>(exchange)->handle(*event);
    }
    static void exchangeDestroy(swy_exchange_t* exchange) noexcept { delete reinterpret_cast<Exchange*>(exchange); }
};

} // namespace detail

/// The providers of a plug-in: filled once, in init.
class Plugin
{
public:
    /// Offers a provider whose exchanges are of class E; `data` reaches its channels as ChannelConfig::data.
    template <class E>
    void provider(Descriptor descriptor, const void* data = nullptr)
    {
        static_assert(std::is_base_of_v<Exchange, E>, "an exchange derives from switchyard::Exchange");
        using Glue = detail::Glue<E>;
        auto offer = std::make_unique<detail::Offer>(std::move(descriptor), data);
        offer->channel_create = &Glue::channelCreate;
        offer->channel_destroy = &Glue::channelDestroy;
        offer->exchange_create = &Glue::exchangeCreate;
        offer->event = &Glue::event;
        offer->exchange_destroy = &Glue::exchangeDestroy;
        offers_.push_back(std::move(offer));
    }

    const swy_provider_t* at(uint32_t index) const { return index < offers_.size() ? offers_[index].get() : nullptr; }

    /// The glue's: runs `offer` and turns what it throws into a refusal.
    static bool init(std::unique_ptr<Plugin>& self, void (*offer)(Plugin&), swy_text_out_t* error) noexcept
    {
        try
        {
            self = std::make_unique<Plugin>();
            offer(*self);
            return true;
        }
        catch (const std::exception& problem)
        {
            detail::writeText(error, problem.what());
        }
        catch (...)
        {
            detail::writeText(error, "the plug-in threw something that is no std::exception");
        }
        self.reset();
        return false;
    }

private:
    std::vector<std::unique_ptr<detail::Offer>> offers_;
};

} // namespace switchyard

// The exported object stands in the source file that uses one of these, and so does what it needs: an inline variable
// in this header would be a unique symbol, which keeps an object mapped for ever, when built without the package's
// flags.
#define SWITCHYARD_PLUGIN_OBJECT(offer, required)                                                                      \
    static std::unique_ptr<switchyard::Plugin> swyPlugin;                                                              \
    static const swy_host_t* swyHost;                                                                                  \
    const swy_host_t& switchyard::host() { return *swyHost; }                                                          \
    static bool swyInit(const swy_host_t* host, swy_text_out_t* error)                                                 \
    {                                                                                                                  \
        swyHost = host;                                                                                                \
        return switchyard::Plugin::init(swyPlugin, offer, error);                                                      \
    }                                                                                                                  \
    static void swyDeinit() { swyPlugin.reset(); }                                                                     \
    static const swy_provider_t* swyProvider(uint32_t index) { return swyPlugin->at(index); }                          \
    extern "C" const swy_plugin_t switchyard_plugin = {                                                                \
        sizeof(swy_plugin_t), SWY_ABI_MAJOR, SWY_ABI_MINOR, 0, required, swyInit, swyDeinit, swyProvider, nullptr};

/// The plug-in object of a plug-in whose providers `void offer(switchyard::Plugin&)` names.
#define SWITCHYARD_PLUGIN(offer) SWITCHYARD_PLUGIN_OBJECT(offer, nullptr)

/// The same, for a plug-in that cannot work without these abilities of the host (SWY_EXT_...).
#define SWITCHYARD_PLUGIN_REQUIRES(offer, ...)                                                                         \
    static const char* const swyRequired[] = {__VA_ARGS__, nullptr};                                                   \
    SWITCHYARD_PLUGIN_OBJECT(offer, swyRequired)

/// A plug-in with one provider: class, id, name, operations.
#define SWITCHYARD_PROVIDER(Class, Id, Name, ...)                                                                      \
    static void swyOffer(switchyard::Plugin& plugin)                                                                   \
    {                                                                                                                  \
        switchyard::Descriptor descriptor;                                                                             \
        descriptor.id = Id;                                                                                            \
        descriptor.name = Name;                                                                                        \
        descriptor.operations = {__VA_ARGS__};                                                                         \
        plugin.provider<Class>(std::move(descriptor));                                                                 \
    }                                                                                                                  \
    SWITCHYARD_PLUGIN(swyOffer)
