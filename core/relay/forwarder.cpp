#include "relay/forwarder.h"

#include "relay/forward_stream.h"
#include "relay/forward_unary.h"
#include "switchyard/provider.h"

namespace switchyard::relay
{

std::unique_ptr<Forwarder> makeForwarder(const ForwardRequest& request, const providers::ForwardPlan& plan, providers::TapPort& taps)
{
    if (plan.dialect != SWY_DIALECT_OPENAI) return std::make_unique<BytesForwarder>(plan);
    if (request.stream) return std::make_unique<StreamForwarder>(request, plan, taps);
    return std::make_unique<UnaryForwarder>(request, plan, taps);
}

} // namespace switchyard::relay
