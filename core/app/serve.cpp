#include "app/serve.h"

#include "app/channel_test.h"
#include "app/command.h"
#include "app/demo.h"
#include "app/gateway.h"
#include "app/gateway_settings.h"
#include "app/open_store.h"
#include "app/service_manager.h"
#include "app/signals.h"
#include "app/table_text.h"
#include "app/version.h"
#include "store/channel_keys.h"
#include "store/database.h"
#include "telemetry/log.h"

#include <condition_variable>
#include <cstdlib>
#include <iostream>
#include <mutex>

namespace switchyard::app
{

namespace
{

// How often the process was told to stop, for the thread that waits for it.
class StopRequests
{
public:
    void told(int times)
    {
        const std::lock_guard lock(mutex_);
        times_ = times;
        changed_.notify_all();
    }
    void waitFor(int times)
    {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return times_ >= times; });
    }
    /// Whether it was told again: end at once.
    bool again() const
    {
        const std::lock_guard lock(mutex_);
        return times_ > 1;
    }

private:
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    int times_ = 0;
};

std::string environment(const char* name)
{
    const char* value = std::getenv(name);
    return value ? value : "";
}

int serve(const Config& config, Signals& signals)
{
    telemetry::Logger log(serverLog(config));
    const ServiceManager systemd(environment("NOTIFY_SOCKET"));
    const auto database = openStore(config, log, std::cout);
    const auto keys = openKeys(config, *database, log);
    const std::optional<Demo> demo = config.demo ? ensureDemo(*database, *keys) : std::nullopt;

    GatewaySettings settings = gatewaySettings(config);
    raiseDescriptorLimit(settings.listen.maxConnections, log);
    StopRequests stop;
    Gateway gateway(std::move(settings), *database, *keys, log);
    gateway.start();

    log.info("switchyard is ready", {{"version", kVersion},
                                     {"address", config.listen},
                                     {"port", gateway.port()},
                                     {"threads", config.threadCount()},
                                     {"database", database->settings().path}});
    if (demo)
    {
        gateway.plugins().waitUntilSettled(std::chrono::seconds(10)); // so that the line below works at once
        Config shown = config;
        shown.port = gateway.port();
        std::cout << "\nTry it:\n\n" << demoCurl(shown, *demo) << "\n" << std::endl;
    }
    systemd.ready();
    signals.start({[&](int times) { stop.told(times); },
                   [&] {
                       systemd.reloading();
                       log.reopen();
                       gateway.reload();
                       log.info("reloaded");
                       systemd.ready();
                   }});

    stop.waitFor(1);
    systemd.stopping();
    log.info("stopping: running answers may end", {{"limit_ms", static_cast<int64_t>(config.drainTimeout.count())}});
    const bool ended = gateway.drain(config.drainTimeout, [&] { return stop.again(); });
    if (ended)
        log.info("stopped");
    else
        log.warning("stopped; answers that were still running have been cut off");
    return kExitOk;
}

int listPlugins(const Config& config, std::ostream& out)
{
    telemetry::Logger log(commandLog(config));
    providers::PluginHost host(pluginSettings(config), log);
    host.start();
    host.waitUntilSettled(std::chrono::seconds(30));
    std::vector<std::vector<std::string>> table{{"PLUG-IN", "STATE", "VERSION", "PROVIDERS", "FILE", "REASON"}};
    for (const providers::PluginInfo& plugin : host.list())
    {
        std::string names;
        for (const std::string& id : plugin.providers)
            names += (names.empty() ? "" : ",") + id;
        table.push_back({plugin.name, std::string(providers::nameOf(plugin.state)), plugin.version, names, plugin.file,
                         plugin.reason});
    }
    if (table.size() == 1)
    {
        std::cerr << "switchyard: no plug-in found in";
        for (const auto& directory : pluginSettings(config).directories)
            std::cerr << " " << directory.string();
        std::cerr << "\n";
        return kExitFailure;
    }
    printTable(out, table);
    return kExitOk;
}

std::vector<std::string> providerIds(const Config& config)
{
    telemetry::Logger log(commandLog(config));
    providers::PluginHost host(pluginSettings(config), log);
    host.start();
    host.waitUntilSettled(std::chrono::seconds(10));
    std::vector<std::string> ids;
    for (const providers::ProviderPtr& provider : host.providers()->all())
        ids.push_back(provider->id());
    return ids;
}

} // namespace

Hooks gatewayHooks(Signals& signals)
{
    Hooks hooks;
    hooks.serve = [&signals](const Config& config) { return serve(config, signals); };
    hooks.listPlugins = listPlugins;
    hooks.providerIds = providerIds;
    hooks.testChannel = testChannel;
    return hooks;
}

} // namespace switchyard::app
