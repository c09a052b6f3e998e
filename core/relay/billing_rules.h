// Options that holds go by.
#pragma once

#include "ledger/holds/bound.h"

#include <cstdint>

namespace switchyard::store
{
class Options;
}

namespace switchyard::relay
{

/// Options that holds go by; made when an outlook is.
struct BillingRules
{
    int64_t promptMargin = 500;                      ///< PreConsumedQuota, in tokens
    int64_t holdWaitMs = 10'000;                     ///< HoldWait, in the option in seconds
    int64_t outputCap = ledger::kDefaultHoldCap;     ///< HoldTokensCap
};

BillingRules billingRulesOf(const store::Options& options);

} // namespace switchyard::relay
