// How much a model can put out, and whether it thinks where nobody sees it: what a hold's bound is made of (ledger.md 2).
#pragma once

#include "base/result.h"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace switchyard::ledger
{

/// For a model that nothing is known about.
inline constexpr int64_t kUnknownMaxOutput = 16'384;

struct ModelLimits
{
    int64_t maxOutput = kUnknownMaxOutput; ///< tokens of one answer, thinking included
    bool known = false;                    ///< false: maxOutput is kUnknownMaxOutput
    /// It thinks before it answers, is paid for that, and does not show it: what a client receives says nothing of the cost.
    bool thinksUnseen = false;
};

/// Limits by name from the table inside the program (data/README.md). [any thread]
ModelLimits limitsOfModel(std::string_view model) noexcept;

/// The option ModelMaxOutput: `{"model": tokens}`, which wins over the table. The error names the entry.
using OutputLimits = std::map<std::string, int64_t, std::less<>>;
Result<OutputLimits, std::string> readOutputLimits(std::string_view json);

/// The table's limits with what the options say, else with what the plug-in declares (`declared`, 0: nothing).
ModelLimits limitsOfModel(std::string_view model, const OutputLimits& options, int64_t declared) noexcept;

} // namespace switchyard::ledger
