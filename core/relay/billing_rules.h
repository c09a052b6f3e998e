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
    ledger::BoundOptions bound;       ///< PreConsumedQuota, HoldTokensCap
    ledger::OutputLimits outputLimits; ///< ModelMaxOutput
    int64_t holdWaitMs = 10'000;      ///< HoldWait, in the option in seconds
};

BillingRules billingRulesOf(const store::Options& options);

} // namespace switchyard::relay
