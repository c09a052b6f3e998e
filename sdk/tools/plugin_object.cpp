#include "plugin_object.h"

#include <switchyard/json.hpp>

#include <algorithm>
#include <cstring>
#include <dlfcn.h>

namespace switchyard::check
{
namespace
{

constexpr char kGuard = '\x5A';
constexpr uint32_t kMostProviders = 10000;

const int kAbility = 1; // what an ability without a table points at

void ignoreLog(void*, uint32_t, swy_given_t) {}

std::string exampleOf(sdk::JsonView schema)
{
    for (const char* source : {"default", "const"})
        if (schema[source]) return std::string(schema[source].json());
    for (const char* source : {"enum", "examples"})
        if (schema[source].at(0)) return std::string(schema[source].at(0).json());
    if (schema["type"].is("integer") || schema["type"].is("number"))
        return schema["minimum"] ? std::string(schema["minimum"].json()) : "1";
    if (schema["type"].is("boolean")) return "true";
    if (schema["type"].is("array")) return "[]";
    if (schema["type"].is("object")) return "{}";
    return "\"example\"";
}

} // namespace

const void* checkerExtension(void*, const char* id)
{
    return std::strcmp(id, SWY_EXT_TIMER) == 0 ? &kAbility : nullptr;
}

PluginObject::PluginObject(const std::string& file)
{
    object_ = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (!object_)
    {
        problem_ = std::string("cannot be loaded: ") + ::dlerror();
        return;
    }
    plugin_ = static_cast<const swy_plugin_t*>(::dlsym(object_, "switchyard_plugin"));
    if (!plugin_ || !plugin_->init || !plugin_->deinit || !plugin_->provider)
    {
        problem_ = "switchyard_plugin lacks init, deinit or provider";
        return;
    }
    for (const char* const* id = plugin_->required; id && *id; ++id)
        if (!checkerExtension(nullptr, *id))
        {
            problem_ = std::string("needs the ability ") + *id + ", which this host does not have";
            return;
        }
    host_ = {sizeof host_, SWY_ABI_MAJOR, SWY_ABI_MINOR,    0,        "switchyard-plugin-check",
             "0.1.0",      nullptr,       checkerExtension, ignoreLog};
    TextRoom error;
    initialised_ = plugin_->init(&host_, error.out());
    if (!initialised_)
    {
        problem_ = "init refused: " + (error.text().empty() ? "without saying why" : error.text());
        return;
    }
    for (uint32_t i = 0; i < kMostProviders; ++i)
    {
        const swy_provider_t* provider = plugin_->provider(i);
        if (!provider) break;
        providers_.push_back(provider);
    }
    if (providers_.empty()) problem_ = "offers no provider";
}

PluginObject::~PluginObject()
{
    if (initialised_) plugin_->deinit();
    if (object_) ::dlclose(object_);
}

const swy_provider_t* PluginObject::provider(std::string_view id) const
{
    for (const swy_provider_t* provider : providers_)
        if (id == provider->descriptor->id) return provider;
    return providers_.empty() ? nullptr : providers_.front();
}

TextRoom::TextRoom(size_t capacity) : room_(capacity + 64, kGuard), capacity_(capacity)
{
    out_ = {sizeof out_, 0, room_.data(), capacity, 0};
}

std::string TextRoom::text() const { return room_.substr(0, std::min(out_.size, capacity_)); }

bool TextRoom::overrun() const
{
    return out_.size > capacity_ || room_.find_first_not_of(kGuard, capacity_) != std::string::npos;
}

ChannelObject::ChannelObject(const swy_provider_t& provider, std::string_view baseUrl, std::string_view key,
                             std::string_view config, uint32_t typeNumber, TextRoom& error)
    : provider_(provider)
{
    // Copies that die here: a channel that kept a pointer into its configuration is found out by a sanitizer.
    const std::string url(baseUrl), secret(key), settings(config);
    const swy_channel_config_t made = {
        sizeof made, 0, {url.data(), url.size()}, {secret.data(), secret.size()}, {settings.data(), settings.size()},
        typeNumber,  0};
    channel_ = provider.channel_create(&provider, &made, error.out());
}

ChannelObject::~ChannelObject()
{
    if (channel_) provider_.channel_destroy(channel_);
}

std::string goodBaseUrl(const swy_descriptor_t& descriptor)
{
    return descriptor.default_base_url ? descriptor.default_base_url : "https://provider.example";
}

std::string goodConfig(const swy_descriptor_t& descriptor)
{
    const sdk::JsonView schema(descriptor.config_schema ? descriptor.config_schema : "{}");
    std::string config = "{";
    for (const auto& name : schema["required"].elements())
        config += (config.size() > 1 ? "," : "") + std::string(name.json()) + ":" +
                  exampleOf(schema["properties"][name.text()]);
    return config + "}";
}

} // namespace switchyard::check
