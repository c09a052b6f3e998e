// The other side of the probe: runs in a process of its own, opens a plug-in that was never seen and says how it went.
#pragma once

namespace switchyard::providers
{

/// `switchyard plugin-probe FD`: FD is a sealed memory file with the object. Call it first thing in main, before
/// threads and settings: it limits the process for good, loads, initialises and describes the plug-in, writes the
/// verdict to standard output and returns the exit status.
int probeMain(int fd);

} // namespace switchyard::providers
