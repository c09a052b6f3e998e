// From the process's configuration to what each part of the gateway wants to know.
#pragma once

#include "app/config.h"
#include "app/gateway.h"

namespace switchyard::app
{

GatewaySettings gatewaySettings(const Config& config);
providers::PluginHostSettings pluginSettings(const Config& config);

/// Raises the limit of open descriptors as far as it goes, and lowers `connections` (0: as many as possible) to what fits:
/// a relayed request needs two.
void raiseDescriptorLimit(size_t& connections, telemetry::Logger& log);

} // namespace switchyard::app
