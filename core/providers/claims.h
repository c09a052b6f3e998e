// Who may have a provider id or a One API type number when several plug-ins claim it.
#pragma once

#include "providers/verdict.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace switchyard::providers
{

/// The claims of the plug-ins that come into service, given in order of precedence: the first to claim something has
/// it.
class ClaimRegister
{
public:
    /// Empty: granted. Otherwise nothing was granted, and this is why, and the mend: the whole file stays out, so that
    /// nobody has half of a plug-in in service.
    std::string claim(const std::string& file, const std::vector<Claim>& claims);

private:
    std::map<std::string, std::string> ids_; // to the file that has it
    std::map<uint32_t, std::string> numbers_;
};

} // namespace switchyard::providers
