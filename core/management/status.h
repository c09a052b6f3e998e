// GET /api/status: what the login page needs to know before anybody has logged in (admin-api.md 3.1).
#pragma once

#include "management/router.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace switchyard::management
{

/// Value of a row of table `options`, or the empty text; called on pool threads.
using OptionReader = std::function<std::string(const std::string& key)>;

/// `version` of this build, `startTime` of this process in Unix seconds.
void addStatusRoute(Router& router, std::string version, int64_t startTime, OptionReader option);

} // namespace switchyard::management
