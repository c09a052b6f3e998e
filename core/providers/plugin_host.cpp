#include "providers/plugin_host.h"

#include "providers/plugin_manager.h"

namespace switchyard::providers
{

PluginHost::PluginHost(PluginHostSettings settings, telemetry::Logger& log)
    : manager_(std::make_unique<Manager>(std::move(settings), log))
{
}

PluginHost::~PluginHost() = default;

void PluginHost::start() { manager_->start(); }

bool PluginHost::waitUntilSettled(std::chrono::milliseconds limit) { return manager_->waitUntilSettled(limit); }

void PluginHost::rescan() { manager_->rescan(); }

ProviderSetPtr PluginHost::providers() const { return manager_->providers(); }

void PluginHost::subscribe(std::function<void(ProviderSetPtr)> subscriber)
{
    manager_->subscribe(std::move(subscriber));
}

std::vector<PluginInfo> PluginHost::list() const { return manager_->list(); }

std::string_view nameOf(PluginState state) noexcept
{
    switch (state)
    {
    case PluginState::pending:
        return "pending";
    case PluginState::loaded:
        return "loaded";
    case PluginState::refused:
        return "refused";
    case PluginState::leaving:
        return "leaving";
    }
    return "";
}

} // namespace switchyard::providers
