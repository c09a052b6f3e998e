#include "app/gateway_settings.h"

#include "app/version.h"
#include "base/clock.h"
#include "telemetry/log.h"

#include <Poco/Exception.h>
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <sys/resource.h>

namespace switchyard::app
{

namespace
{

// Zero in the configuration is "no limit"; the data plane says that with a negative number.
int64_t limitOf(milliseconds value) { return value.count() == 0 ? -1 : value.count(); }

net::ProxyRules proxiesOf(const Config& config)
{
    auto rules = net::ProxyRules::from([&](const char* variable) -> std::optional<std::string> {
        struct Row
        {
            std::string_view name;
            const std::string& value;
        };
        for (const Row& row : {Row{"RELAY_PROXY", config.relayProxy}, Row{"HTTP_PROXY", config.httpProxy},
                               Row{"HTTPS_PROXY", config.httpsProxy}, Row{"ALL_PROXY", config.allProxy},
                               Row{"NO_PROXY", config.noProxy}})
            if (row.name == variable && !row.value.empty()) return row.value;
        return std::nullopt;
    });
    if (!rules) throw Poco::DataFormatException(rules.error());
    return std::move(*rules);
}

} // namespace

providers::PluginHostSettings pluginSettings(const Config& config)
{
    providers::PluginHostSettings settings;
    const std::filesystem::path binary = std::filesystem::read_symlink("/proc/self/exe");
    settings.directories = providers::searchPath(binary, config.pluginDirectories, config.pluginPath.c_str());
    settings.stateDirectory = config.stateDirectory;
    settings.direct = config.pluginDirect;
    return settings;
}

GatewaySettings gatewaySettings(const Config& config)
{
    GatewaySettings settings;
    settings.threads = config.threadCount();
    settings.management.version = kVersion;
    settings.management.startedAt = unixMillis() / 1000;
    settings.management.sessionSecret = config.sessionSecret;
    settings.management.limits.calls = config.debug ? 0 : config.apiRateLimit;
    if (config.debug) settings.management.limits.criticalCalls = 0;

    settings.listen.host = config.listen;
    settings.listen.port = config.port;
    settings.listen.unixSocket = config.unixSocket;
    settings.listen.certificateFile = config.tlsCertificate;
    settings.listen.keyFile = config.tlsKey;
    settings.listen.maxConnections = config.maxConnections;

    settings.relay.maxBody = config.maxBody;
    settings.relay.connectMs = limitOf(config.connectTimeout);
    settings.relay.firstByteMs = limitOf(config.firstByteTimeout);
    settings.relay.firstTokenMs = limitOf(config.firstTokenTimeout);
    settings.relay.stallMs = limitOf(config.stallTimeout);
    settings.relay.totalMs = limitOf(config.totalTimeout);

    settings.server.head = config.maxHead;
    settings.server.line = config.maxLine;
    settings.server.headMs = limitOf(config.headTimeout);
    settings.server.bodyStallMs = limitOf(config.bodyTimeout);
    settings.server.idleMs = limitOf(config.keepAliveTimeout);
    settings.server.writeStallMs = limitOf(config.writeTimeout);
    settings.server.spillDirectory = std::filesystem::temp_directory_path();

    settings.trustedProxies = config.trustedProxies;
    settings.proxies = proxiesOf(config);
    settings.plugins = pluginSettings(config);
    settings.ledger = ledgerSettings(config);
    return settings;
}

void raiseDescriptorLimit(size_t& connections, telemetry::Logger& log)
{
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max)
    {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
    getrlimit(RLIMIT_NOFILE, &limit);
    constexpr size_t kOwn = 200; // database, plug-ins, logs, listeners
    const size_t fits = std::max<size_t>(16, (static_cast<size_t>(limit.rlim_cur) - std::min<size_t>(limit.rlim_cur, kOwn)) / 2);
    if (connections > fits)
        log.warning("max-connections is lowered to what the descriptor limit allows",
                    {{"wanted", connections}, {"limit", fits}, {"mend", "raise LimitNOFILE or ulimit -n"}});
    connections = connections == 0 ? fits : std::min(connections, fits);
}

} // namespace switchyard::app
