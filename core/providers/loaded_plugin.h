// A plug-in in memory, whole: object, table, providers, and the count of who still uses it.
#pragma once

#include "providers/loaded_object.h"
#include "providers/plugin.h"
#include "providers/provider_set.h"
#include "providers/verdict.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace switchyard::providers
{

/// Where last references report to. May outlive the host: then nobody listens. [any thread]
class ReleaseBox
{
public:
    explicit ReleaseBox(std::function<void()> wake) : wake_(std::move(wake)) {}
    void released(uint64_t number);
    std::vector<uint64_t> take();
    /// No more wake-ups from here on.
    void close();

private:
    std::mutex mutex_;
    std::function<void()> wake_;
    std::vector<uint64_t> numbers_;
};

/// [management thread], but for the providers, which go where they are wanted
class LoadedPlugin
{
public:
    /// Maps, initialises, describes. The error is a reason with its mend.
    static Result<std::unique_ptr<LoadedPlugin>, std::string> load(ObjectFile file, std::string name,
                                                                   std::string sha256, uint64_t number,
                                                                   telemetry::Logger& log,
                                                                   const std::shared_ptr<ReleaseBox>& box);
    LoadedPlugin(const LoadedPlugin&) = delete;
    LoadedPlugin& operator=(const LoadedPlugin&) = delete;

    /// Empty once it retired.
    const std::vector<ProviderPtr>& providers() const noexcept { return providers_; }
    const std::vector<Claim>& claims() const noexcept { return claims_; }
    const std::string& sha256() const noexcept { return plugin_->sha256(); }
    uint64_t address() const noexcept { return object_->address(); }
    /// Distinguishes loads of one process.
    uint64_t number() const noexcept { return number_; }

    /// Gives up the host's own references; when the last is gone, its number is in the ReleaseBox.
    void retire();
    /// After the last reference is gone and every loop has turned once: deinit, then unmapping. False: it stays mapped.
    bool end();
    bool ended() const noexcept { return ended_; }

private:
    LoadedPlugin() = default;

    std::unique_ptr<LoadedObject> object_; // first: everything below needs its code
    std::unique_ptr<Plugin> plugin_;
    std::vector<ProviderPtr> providers_;
    std::vector<Claim> claims_;
    uint64_t number_ = 0;
    bool ended_ = false;
};

} // namespace switchyard::providers
