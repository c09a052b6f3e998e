#include "telemetry/metrics.h"

#include <algorithm>

namespace switchyard::telemetry
{

namespace
{

template <class Map>
auto& findOrMake(Map& metrics, std::string_view name, std::string_view help)
{
    const auto at = metrics.find(name);
    if (at != metrics.end()) return at->second.metric;
    auto& made = metrics[std::string(name)];
    made.help = help;
    return made.metric;
}

} // namespace

Counter& Metrics::counter(std::string_view name, std::string_view help)
{
    std::lock_guard lock(mutex_);
    return findOrMake(counters_, name, help);
}

Gauge& Metrics::gauge(std::string_view name, std::string_view help)
{
    std::lock_guard lock(mutex_);
    return findOrMake(gauges_, name, help);
}

std::vector<Metrics::Reading> Metrics::readings() const
{
    std::vector<Reading> all;
    std::lock_guard lock(mutex_);
    for (const auto& [name, named] : counters_)
        all.push_back({name, named.help, true, static_cast<int64_t>(named.metric.value())});
    for (const auto& [name, named] : gauges_)
        all.push_back({name, named.help, false, named.metric.value()});
    std::sort(all.begin(), all.end(), [](const Reading& a, const Reading& b) { return a.name < b.name; });
    return all;
}

} // namespace switchyard::telemetry
