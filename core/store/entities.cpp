#include "store/entities.h"

#include <algorithm>

namespace switchyard::store
{

std::string_view Channel::mapped(std::string_view model) const noexcept
{
    if (modelMapping.empty()) return model;
    const auto at = std::lower_bound(modelMapping.begin(), modelMapping.end(), model,
                                     [](const auto& entry, std::string_view wanted) { return entry.first < wanted; });
    return at != modelMapping.end() && at->first == model && !at->second.empty() ? std::string_view(at->second) : model;
}

} // namespace switchyard::store
