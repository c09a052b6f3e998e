// Upstreams as the running gateway reaches them, for the management plane.
#pragma once

#include "app/channel_trial.h"
#include "management/upstreams.h"

#include <memory>
#include <mutex>

namespace switchyard::app
{

class GatewayUpstreams : public management::Upstreams
{
public:
    /// What `ground` refers to outlives it.
    explicit GatewayUpstreams(const TrialGround& ground)
        : ground_(ground), providers_(std::make_shared<const providers::ProviderSet>())
    {
    }

    /// The providers in service from now on. [any thread]
    void take(providers::ProviderSetPtr providers);

    management::ChannelTrial tryChannel(const store::Channel& channel, const std::string& model) override;
    Result<management::Fetched, std::string> fetch(const management::Fetch& wanted) override;
    providers::ProviderSetPtr providers() const override;

private:
    TrialGround ground_;
    mutable std::mutex mutex_;
    providers::ProviderSetPtr providers_;
};

} // namespace switchyard::app
