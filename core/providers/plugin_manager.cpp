#include "providers/plugin_manager.h"

#include "providers/host_services.h"
#include "telemetry/log.h"

#include <poll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <sstream>

namespace switchyard::providers
{

namespace
{

void wakeUp(int event)
{
    const uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = ::write(event, &one, sizeof(one));
}

/// What may change a verdict besides the content.
std::string hostLine()
{
    std::ostringstream line;
    line << "switchyard " << kHostVersion << " abi " << SWY_ABI_MAJOR << "." << SWY_ABI_MINOR;
    for (const char* id : {SWY_EXT_CRYPTO, SWY_EXT_IMAGE, SWY_EXT_TOKENS, SWY_EXT_TIMER, SWY_EXT_CREDENTIAL,
                           SWY_EXT_MEDIA, SWY_EXT_WEBSOCKET, SWY_EXT_REALTIME})
        if (hostExtension(id)) line << " " << id;
    return line.str();
}

} // namespace

PluginHost::Manager::Manager(PluginHostSettings settings, telemetry::Logger& log)
    : settings_(std::move(settings)), log_(log), store_(settings_.stateDirectory / "plugin-verdicts", hostLine()),
      objects_(settings_.stateDirectory / "plugin-objects", settings_.memoryFiles),
      wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      released_(std::make_shared<ReleaseBox>([fd = wake_.get()] { wakeUp(fd); })),
      turned_(std::make_shared<ReleaseBox>([fd = wake_.get()] { wakeUp(fd); }))
{
}

PluginHost::Manager::~Manager()
{
    if (thread_.joinable())
    {
        {
            const std::lock_guard lock(mutex_);
            stopping_ = true;
        }
        wakeUp(wake_.get());
        thread_.join();
    }
    released_->close();
    turned_->close();
}

void PluginHost::Manager::start()
{
    thread_ = std::thread([this] { run(); });
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return lookedOnce_; });
}

bool PluginHost::Manager::waitUntilSettled(std::chrono::milliseconds limit)
{
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, limit, [this] { return settled_; });
}

void PluginHost::Manager::rescan()
{
    {
        const std::lock_guard lock(mutex_);
        rescanWanted_ = true;
        settled_ = false;
    }
    wakeUp(wake_.get());
}

ProviderSetPtr PluginHost::Manager::providers() const
{
    const std::lock_guard lock(mutex_);
    return providers_;
}

void PluginHost::Manager::subscribe(std::function<void(ProviderSetPtr)> subscriber)
{
    const std::lock_guard order(subscribing_);
    subscriber(providers());
    const std::lock_guard lock(mutex_);
    subscribers_.push_back(std::move(subscriber));
}

std::vector<PluginInfo> PluginHost::Manager::list() const
{
    const std::lock_guard lock(mutex_);
    return list_;
}

void PluginHost::Manager::run()
{
    if (watch_.descriptor() < 0)
        log_.warning("plug-in directories are not watched: changes need a reload",
                     {{"reason", "no inotify instance; see fs.inotify.max_user_instances"}});
    watch_.watch(settings_.directories); // before the first look, so that nothing falls between
    look();
    first_ = false;
    for (;;)
    {
        takeProbes();
        startProbes();
        serve();
        tell();
        waitForNews();
        {
            const std::lock_guard lock(mutex_);
            if (stopping_) break;
        }
        takeOrders();
        releaseUnused();
        if (lookAt_ && Clock::now() >= *lookAt_)
        {
            lookAt_.reset();
            look();
        }
    }
    // Shutdown: what is unused goes in good order; what an exchange still uses stays until the process ends.
    probes_.clear();
    for (const auto& item : items_)
        if (item->running) retire(*item, "shutdown");
    published_.clear();
    {
        const std::lock_guard lock(mutex_);
        providers_ = std::make_shared<ProviderSet>();
        subscribers_.clear();
    }
    for (const uint64_t number : released_->take())
        unload(number);
    for (const uint64_t number : turned_->take())
        unload(number);
    for (Leaving& leaving : leaving_)
        if (!leaving.plugin->ended()) static_cast<void>(leaving.plugin.release());
}

void PluginHost::Manager::waitForNews()
{
    std::vector<pollfd> fds{{wake_.get(), POLLIN, 0}, {watch_.descriptor(), POLLIN, 0}};
    for (const Probe& probe : probes_)
        if (probe.process) fds.push_back({probe.process->descriptor(), POLLIN, 0});
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(nextDeadline() - Clock::now()).count();
    ::poll(fds.data(), fds.size(), static_cast<int>(std::clamp<int64_t>(left, 0, 60'000)));
    uint64_t count = 0;
    while (::read(wake_.get(), &count, sizeof(count)) > 0)
    {
    }
}

PluginHost::Manager::Clock::time_point PluginHost::Manager::nextDeadline() const
{
    Clock::time_point next = lookAt_ ? *lookAt_ : Clock::now() + std::chrono::minutes(1);
    for (const Probe& probe : probes_)
        if (probe.process) next = std::min(next, probe.process->deadline());
    return next;
}

void PluginHost::Manager::takeOrders()
{
    constexpr std::chrono::seconds kPostponedAtMost{2};
    bool rescan = false;
    {
        const std::lock_guard lock(mutex_);
        std::swap(rescan, rescanWanted_);
    }
    for (const uint64_t number : turned_->take())
        unload(number);
    if (watch_.take())
    {
        if (!lookAt_) lookBy_ = Clock::now() + kPostponedAtMost;
        lookAt_ = std::min(Clock::now() + settings_.quiet, lookBy_);
    }
    if (!rescan) return;
    for (const auto& item : items_)
        item->refusedSha256.clear();
    std::erase_if(verdicts_, [](const auto& entry) { return !entry.second.keep; });
    watch_.watch(settings_.directories);
    lookBy(Clock::now());
}

bool PluginHost::Manager::settled() const
{
    return !lookAt_ && probes_.empty() &&
           std::none_of(items_.begin(), items_.end(), [](const auto& item) { return item->pending; });
}

void PluginHost::Manager::lookBy(Clock::time_point when) { lookAt_ = lookAt_ ? std::min(*lookAt_, when) : when; }

} // namespace switchyard::providers
