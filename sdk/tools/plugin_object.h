// A plug-in in this process: loaded, initialised, its providers told.
#pragma once

#include <switchyard/provider.h>

#include <string>
#include <string_view>
#include <vector>

namespace switchyard::check
{

/// Loads by dlopen, as the gateway does; what is wrong is told by problem().
class PluginObject
{
public:
    explicit PluginObject(const std::string& file);
    ~PluginObject();
    PluginObject(const PluginObject&) = delete;
    PluginObject& operator=(const PluginObject&) = delete;

    const std::string& problem() const { return problem_; }
    const std::vector<const swy_provider_t*>& providers() const { return providers_; }
    /// The provider of that id, else the first.
    const swy_provider_t* provider(std::string_view id) const;

private:
    void* object_ = nullptr;
    const swy_plugin_t* plugin_ = nullptr;
    bool initialised_ = false;
    swy_host_t host_ = {};
    std::string problem_;
    std::vector<const swy_provider_t*> providers_;
};

/// Room for a text that the plug-in writes, with guards behind it.
class TextRoom
{
public:
    explicit TextRoom(size_t capacity = 1024);
    swy_text_out_t* out() { return &out_; }
    std::string text() const;
    /// Whether the plug-in wrote past the room, or said it did.
    bool overrun() const;

private:
    std::string room_;
    size_t capacity_;
    swy_text_out_t out_ = {};
};

/// A channel made and destroyed by its provider.
class ChannelObject
{
public:
    ChannelObject(const swy_provider_t& provider, std::string_view baseUrl, std::string_view key,
                  std::string_view config, uint32_t typeNumber, TextRoom& error);
    ~ChannelObject();
    ChannelObject(const ChannelObject&) = delete;
    ChannelObject& operator=(const ChannelObject&) = delete;

    swy_channel_t* get() const { return channel_; }

private:
    const swy_provider_t& provider_;
    swy_channel_t* channel_;
};

/// What this host can do: the checker answers timers, and has no other extension.
const void* checkerExtension(void* context, const char* id);

/// A base URL and settings that a provider's own form should accept: its default address, and for each required field
/// the schema's default, first choice, example, or something of its type.
std::string goodBaseUrl(const swy_descriptor_t& descriptor);
std::string goodConfig(const swy_descriptor_t& descriptor);

} // namespace switchyard::check
