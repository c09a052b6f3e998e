// One version of a plug-in while it is in memory: its identity, its table, and the host that it was given.
#pragma once

#include "base/result.h"
#include "providers/provider_set.h"

#include <switchyard/provider.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace switchyard::telemetry
{
class Logger;
}

namespace switchyard::providers
{

/// Knows nothing of files and mapping: who made it sees to it that the code stays where it is as long as a PluginPtr
/// lives.
class Plugin
{
public:
    /// `log` may be null (the probe, tests) and otherwise outlives the plug-in. Pinned: the plug-in holds a pointer to
    /// host_.
    Plugin(std::string name, std::string sha256, telemetry::Logger* log);
    ~Plugin() = default;
    Plugin(const Plugin&) = delete;
    Plugin& operator=(const Plugin&) = delete;

    /// Checks the table, the abilities it requires, and calls init. [main]
    Result<Done, std::string> begin(const swy_plugin_t& table);
    /// Calls deinit if begin succeeded. [main]
    void end() noexcept;

    struct Offer
    {
        const swy_provider_t* table;
        Descriptor descriptor;
    };
    /// All that it offers. The error names the provider and the rule. After begin. [main]
    Result<std::vector<Offer>, std::string> offers() const;

    const std::string& name() const noexcept { return name_; }
    const std::string& sha256() const noexcept { return sha256_; }

    /// A line of the plug-in's own, as the log action and swy_host_t.log give it. [any]
    void say(uint32_t level, std::string_view text) const;
    /// A rule of the ABI was broken. [any]
    void complain(std::string_view provider, std::string_view what) const;
    /// An event took long. [any]
    void tooSlow(std::string_view provider, uint32_t eventKind, int64_t microseconds) const;

private:
    static const void* extension(void* context, const char* id);
    static void sayFor(void* context, uint32_t level, swy_given_t text);

    std::string name_;
    std::string sha256_;
    telemetry::Logger* log_;
    swy_host_t host_;
    const swy_plugin_t* table_ = nullptr;
};

} // namespace switchyard::providers
