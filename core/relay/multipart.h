// Where the parts of a multipart/form-data body are (RFC 7578, RFC 2046 5.1). Nothing is copied or decoded.
#pragma once

#include "base/result.h"
#include "relay/body_scan.h"

#include <string_view>
#include <vector>

namespace switchyard::relay
{

inline constexpr size_t kMaxParts = 1024;

/// The `boundary` parameter of a multipart content type; empty: none, or not one that RFC 2046 allows.
std::string_view boundaryOf(std::string_view contentType);

/// The parts in their order. Names are as written between their quotes. Refers to `body`, which must stay where it is.
Result<std::vector<swy_part_t>, BodyProblem> scanMultipart(std::string_view body, std::string_view boundary);

/// The content of the form field `name`; empty when there is none. Used for `model`, which One API never read (relay.md 14,
/// 15).
std::string_view formField(std::string_view body, const std::vector<swy_part_t>& parts, std::string_view name);

} // namespace switchyard::relay
