#include "providers/claims.h"

namespace switchyard::providers
{

std::string ClaimRegister::claim(const std::string& file, const std::vector<Claim>& claims)
{
    for (const Claim& claim : claims)
    {
        if (const auto taken = ids_.find(claim.id); taken != ids_.end())
            return "provider id '" + claim.id + "' is offered by " + taken->second +
                   " already; remove one of the two files";
        for (const uint32_t number : claim.typeNumbers)
            if (const auto taken = numbers_.find(number); taken != numbers_.end())
                return "channel type " + std::to_string(number) + " of provider '" + claim.id + "' is served by " +
                       taken->second + " already; remove one of the two files";
    }
    for (const Claim& claim : claims)
    {
        ids_.emplace(claim.id, file);
        for (const uint32_t number : claim.typeNumbers)
            numbers_.emplace(number, file);
    }
    return {};
}

} // namespace switchyard::providers
