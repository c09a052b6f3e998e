// A plug-in host over a directory of its own, for tests.
#pragma once

#include "providers/plugin_host.h"
#include "telemetry/log.h"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <thread>

namespace switchyard::providers
{

namespace fs = std::filesystem;

class HostFixture
{
public:
    HostFixture()
    {
        std::string pattern = (fs::temp_directory_path() / "switchyard-host-XXXXXX").string();
        root = ::mkdtemp(pattern.data());
        fs::create_directory(root / "first");
        fs::create_directory(root / "second");
        settings.directories = {root / "first", root / "second"};
        settings.stateDirectory = root / "state";
        settings.probe = TEST_PROBE;
    }
    ~HostFixture()
    {
        host.reset();
        fs::remove_all(root);
    }
    HostFixture(const HostFixture&) = delete;
    HostFixture& operator=(const HostFixture&) = delete;

    void start()
    {
        host = std::make_unique<PluginHost>(settings, log);
        host->start();
        host->waitUntilSettled(std::chrono::seconds(20));
    }

    static std::string bytesOf(const fs::path& file)
    {
        std::ifstream in(file, std::ios::binary);
        std::ostringstream out;
        out << in.rdbuf();
        return out.str();
    }
    static std::string built(const std::string& name) { return bytesOf(fs::path(TEST_PLUGINS) / (name + ".so")); }

    static void write(const fs::path& file, const std::string& bytes)
    {
        std::ofstream out(file, std::ios::binary | std::ios::trunc);
        out << bytes;
    }
    /// As an administrator should: whole under another name, then renamed.
    void put(const std::string& name, const std::string& bytes) const
    {
        write(root / (name + ".new"), bytes);
        fs::rename(root / (name + ".new"), root / "first" / (name + ".so"));
    }

    /// Waits until the condition holds, or ten seconds have passed; whether it held.
    static bool within10s(const std::function<bool()>& holds)
    {
        const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
        while (!holds())
        {
            if (std::chrono::steady_clock::now() > until) return false;
            std::this_thread::sleep_for(std::chrono::milliseconds(2)); // between two looks at the condition
        }
        return true;
    }

    std::optional<PluginInfo> info(const std::string& name, PluginState state) const
    {
        for (const PluginInfo& info : host->list())
            if (info.name == name && info.state == state) return info;
        return std::nullopt;
    }
    std::string versionOf(const std::string& provider) const
    {
        const ProviderPtr found = host->providers()->byId(provider);
        return found ? found->descriptor().version : std::string();
    }

    static telemetry::LogSettings quiet()
    {
        telemetry::LogSettings quiet;
        quiet.console = std::getenv("SHOW") ? telemetry::Console::standardError : telemetry::Console::none;
        return quiet;
    }

    fs::path root;
    PluginHostSettings settings;
    telemetry::Logger log{quiet()};

    std::unique_ptr<PluginHost> host;
};

} // namespace switchyard::providers
