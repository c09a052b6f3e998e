// GET /v1/models and /v1/models/{id} (relay.md 10, with defect 23 mended: sorted, each name once, 404 for unknown).
#pragma once

#include "accounts/language.h"
#include "base/error.h"

#include <string>
#include <string_view>
#include <vector>

namespace switchyard::relay
{

struct ListedModel
{
    std::string_view name;
    std::string_view ownedBy; ///< the provider's id; empty: "custom"
};

/// `{"object":"list","data":[...]}`. Sorts and removes doubles; of equal names one with an owner stays.
std::string modelList(std::vector<ListedModel> models);
/// One item.
std::string modelItem(const ListedModel& model);
/// 404 `model_not_found`.
ApiError noSuchModel(std::string_view name, accounts::Language language);

} // namespace switchyard::relay
