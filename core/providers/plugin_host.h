// Finds plug-ins, checks them, loads them into the running process, replaces and removes them.
#pragma once

#include "providers/provider_set.h"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
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

struct PluginHostSettings
{
    /// Where plug-ins are (`*.so`), the most trusted first: of two that claim the same, the earlier wins. See
    /// searchPath.
    std::vector<std::filesystem::path> directories;
    /// Verdicts on contents seen before, and objects where memory may not be executed. Created with mode 0700.
    std::filesystem::path stateDirectory;
    /// Our own binary: `<probe> plugin-probe FD` opens a content never seen before in a process of its own.
    std::filesystem::path probe = "/proc/self/exe";
    /// Load the files themselves, so that a debugger finds them. Replacing a loaded file needs a restart then.
    bool direct = false;
    /// Load from an anonymous memory file. False: from stateDirectory, as where memory files may not be executed.
    bool memoryFiles = true;
    std::chrono::milliseconds quiet{200};       ///< how long a directory must rest before it is read again
    std::chrono::milliseconds probeLimit{2000}; ///< how long a probe may take
    size_t probesAtOnce = 4;
    /// Calls its argument, on any thread, once every loop that runs exchanges has finished the turn it is in. Unset:
    /// there are no loops.
    std::function<void(std::function<void()>)> afterEveryLoopTurned;
};

enum class PluginState
{
    pending, ///< new: its content still changes, or the probe is at work
    loaded,  ///< in service
    refused, ///< not in service, `reason` says why
    leaving  ///< replaced or removed, still mapped; `reason` says why
};

/// A line of `switchyard plugins`.
struct PluginInfo
{
    std::string name;    ///< the file's name without `.so`
    std::string file;    ///< whole path
    std::string version; ///< of its first provider
    std::string sha256;  ///< of the content, in hex; empty when it could not be read
    std::string buildId; ///< in hex; empty when it has none
    std::vector<std::string> providers;
    PluginState state = PluginState::pending;
    std::string reason; ///< refused, leaving: why, and the mend. loaded: empty, or why the newer file is not in service
    uint64_t address = 0; ///< where it is mapped; 0: not
};

/// "loaded", "refused" ...
std::string_view nameOf(PluginState state) noexcept;

/// Owns one thread: the management thread of plug-ins, on which they are loaded, initialised, ended and unloaded. The
/// gateway runs with whatever could be loaded; each refusal is one line of the log.
class PluginHost
{
public:
    PluginHost(PluginHostSettings settings, telemetry::Logger& log);
    /// Ends and unloads what nobody uses any more; objects still in use stay mapped.
    ~PluginHost();
    PluginHost(const PluginHost&) = delete;
    PluginHost& operator=(const PluginHost&) = delete;

    /// Returns when all files have been looked at once and those with a known verdict are in service; unknown ones are
    /// being probed then and come into service when that is done.
    void start();
    /// Waits until nothing is pending (no probe, no file that still changes); whether that came to pass. [any thread]
    bool waitUntilSettled(std::chrono::milliseconds limit);
    /// Reads the directories anew, and tries again what was refused. Returns at once. [any thread]
    void rescan();

    /// Never null. [any thread]
    ProviderSetPtr providers() const;
    /// `subscriber` is called with the present set on this thread, and from then on with each new one on the host's
    /// thread; it must be quick. [any thread]
    void subscribe(std::function<void(ProviderSetPtr)> subscriber);
    /// What there is, in order of precedence; leaving ones last. [any thread]
    std::vector<PluginInfo> list() const;

private:
    class Manager;
    std::unique_ptr<Manager> manager_;
};

/// The search path: the directory that belongs to the binary (`lib/switchyard/plugins` beside its `bin`, or `plugins`
/// in the build tree), then `fromFlags`, then those of SWITCHYARD_PLUGIN_PATH (colon separated, may be null).
std::vector<std::filesystem::path> searchPath(const std::filesystem::path& binary,
                                              const std::vector<std::string>& fromFlags, const char* fromEnvironment);

} // namespace switchyard::providers
