// The places where main() plugs in what the command line only starts.
#pragma once

#include "app/config.h"

#include <functional>
#include <ostream>
#include <string>
#include <vector>

namespace switchyard::store
{
struct Channel;
}

namespace switchyard::app
{

/// Each returns the process's exit status. One that is not set is reported as not part of this build.
struct Hooks
{
    /// `serve`: runs the gateway until it is told to stop.
    std::function<int(const Config&)> serve;
    /// `plugins`: writes what is loaded and what was refused, and why.
    std::function<int(const Config&, std::ostream& out)> listPlugins;
    /// `journal apply`: brings the database up to what the journal has, without serving, and says what was applied.
    std::function<int(const Config&, std::ostream& out)> applyJournal;
    /// Ids of the providers that plug-ins offer here and now; only asked, never relied on.
    std::function<std::vector<std::string>(const Config&)> providerIds;
    /// `channel test`: sends a small request through the channel and writes how it went.
    std::function<int(const Config&, const store::Channel&, std::ostream& out)> testChannel;
};

} // namespace switchyard::app
