// The management thread of plug-ins: looks at directories, has contents probed, loads, swaps and unloads.
#pragma once

#include "providers/directory_watch.h"
#include "providers/loaded_plugin.h"
#include "providers/plugin_file.h"
#include "providers/plugin_host.h"
#include "providers/probe_process.h"
#include "providers/verdict.h"

#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace switchyard::providers
{

class PluginHost::Manager
{
public:
    Manager(PluginHostSettings settings, telemetry::Logger& log);
    ~Manager();
    Manager(const Manager&) = delete;
    Manager& operator=(const Manager&) = delete;

    // [any thread]
    void start();
    bool waitUntilSettled(std::chrono::milliseconds limit);
    void rescan();
    ProviderSetPtr providers() const;
    void subscribe(std::function<void(ProviderSetPtr)> subscriber);
    std::vector<PluginInfo> list() const;

private:
    using Clock = std::chrono::steady_clock;

    /// A file on the search path, or one that was there and whose plug-in is in service.
    struct Item
    {
        std::filesystem::path file;
        bool present = false;
        std::string sha256;               ///< of the content seen last
        Clock::time_point seenAt{};       ///< when that content was seen first
        std::optional<PluginBytes> bytes; ///< that content, until it is decided
        std::string buildId;
        bool pending = false;             ///< `bytes` may still change, or are being probed
        std::string refusedSha256;        ///< the content that `reason` is about
        std::string reason;               ///< why that is not in service
        std::string conflict;             ///< why another file has what it claims; looked at anew each time
        std::optional<ObjectFile> object; ///< laid for the probe, kept for loading
        std::unique_ptr<LoadedPlugin> running;
        std::string runningBuildId;
        std::string said; ///< the line of the log that stands for its state
    };
    struct Leaving
    {
        std::filesystem::path file;
        std::string buildId;
        std::vector<std::string> providers;
        std::string version;
        std::unique_ptr<LoadedPlugin> plugin;
        std::string reason;
    };
    struct Probe
    {
        std::filesystem::path file;
        std::string sha256;
        std::unique_ptr<ProbeProcess> process;
    };

    // The thread.
    void run();
    void waitForNews();
    Clock::time_point nextDeadline() const;
    void takeOrders();

    // Looking (plugin_manager_look.cpp).
    void look();
    std::vector<std::filesystem::path> files() const;
    bool rests(Item& item, bool knownGood);
    void consider(Item& item, PluginBytes content);
    std::optional<Verdict> knownVerdict(const std::string& sha256) const;
    void refuse(Item& item, std::string reason);
    void startProbes();
    void takeProbes();

    // Service (plugin_manager_serve.cpp).
    void serve();
    bool serveOnce();
    bool load(Item& item, const Verdict& verdict);
    Result<ObjectFile, std::string> objectFor(Item& item);
    PluginInfo infoOf(const Item& item) const;
    void retire(Item& item, std::string reason);
    void publish();
    void releaseUnused();
    void unload(uint64_t number);
    void say(Item& item);
    void tell();

    bool settled() const;
    void lookBy(Clock::time_point when);

    PluginHostSettings settings_;
    telemetry::Logger& log_;
    VerdictStore store_;
    ObjectStore objects_;
    DirectoryWatch watch_;
    OwnedFd wake_;                             // eventfd
    std::shared_ptr<ReleaseBox> released_;     // plug-ins without users
    std::shared_ptr<ReleaseBox> turned_;       // those for which every loop has turned once since
    std::vector<std::unique_ptr<Item>> items_; // in order of precedence
    std::vector<Leaving> leaving_;
    std::vector<Probe> probes_;
    std::map<std::string, Verdict> verdicts_; // those that are not kept, and those just found
    std::vector<ProviderPtr> published_;
    std::optional<Clock::time_point> lookAt_;
    Clock::time_point lookBy_{};
    uint64_t loads_ = 0;
    uint64_t sets_ = 0;
    bool first_ = true;

    mutable std::mutex mutex_; // guards what follows
    std::condition_variable changed_;
    ProviderSetPtr providers_ = std::make_shared<ProviderSet>();
    std::vector<std::function<void(ProviderSetPtr)>> subscribers_;
    std::vector<PluginInfo> list_;
    bool lookedOnce_ = false;
    bool settled_ = false;
    bool rescanWanted_ = false;
    bool stopping_ = false;

    std::mutex subscribing_; // one call to subscribers at a time, in the order of publication
    std::thread thread_;
};

} // namespace switchyard::providers
