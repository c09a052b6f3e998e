// A host without network, clock or threads: it runs one exchange of a plug-in against a recorded answer and keeps the
// rules of provider.h. Everything the plug-in does ends up in an Outcome.
#pragma once

#include "outcome.h"
#include "recording.h"

#include <switchyard/provider.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace switchyard::check
{

/// What never changes between the runs of one recording.
struct Scene
{
    const swy_provider_t& provider;
    swy_channel_t* channel;
    std::string baseUrl;
    const Recording& recording;
};

/// Runs the exchange once. The answer's body is cut at `cuts` (ascending offsets), and every 16 KiB. With `trace` each
/// action is also listed in its order.
Outcome play(const Scene& scene, const std::vector<size_t>& cuts, bool trace = false);

} // namespace switchyard::check
