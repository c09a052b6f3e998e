// `switchyard channel test`: a small request through one channel, along the same way as any client's.
#pragma once

#include "app/config.h"

#include <ostream>

namespace switchyard::store
{
struct Channel;
}

namespace switchyard::app
{

/// Sends a chat request for the channel's first model (relay.md 9) and writes what came back. 0: it answered.
int testChannel(const Config& config, const store::Channel& channel, std::ostream& out);

} // namespace switchyard::app
