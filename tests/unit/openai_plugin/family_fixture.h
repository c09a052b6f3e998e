// What the suites of the family share: the loaded plug-in, and requests through a channel made on the spot.
#pragma once

#include "plugin_in_hand.h"

#include <cppunit/TestFixture.h>

#include <memory>
#include <string>
#include <vector>

namespace switchyard::testing
{

inline const std::string kKey = "the-key-123";

inline StartWith chat(const std::string& body, uint32_t flags = 0)
{
    StartWith with;
    with.body = body;
    with.flags = flags;
    return with;
}

class FamilyFixture : public CppUnit::TestFixture
{
public:
    void setUp() override { plugin_ = std::make_unique<PluginInHand>(SWITCHYARD_TEST_PLUGIN); }
    void tearDown() override
    {
        channels_.clear();
        plugin_.reset();
    }

protected:
    static const SentRequest& sent(const ExchangeInHand& exchange) { return exchange.actions().requests.at(0); }

    SentRequest sentBy(const std::string& provider, const StartWith& with, const std::string& config = "{}",
                       const std::string& baseUrl = {})
    {
        return sent(*start(provider, with, config, baseUrl));
    }

    /// Channels live as long as the fixture: exchanges refer to them.
    std::unique_ptr<ExchangeInHand> start(const std::string& provider, const StartWith& with,
                                          const std::string& config = "{}", const std::string& baseUrl = {})
    {
        const std::string base = !baseUrl.empty() ? baseUrl : provider == "azure" ? "https://r.openai.azure.com" : "";
        channels_.push_back(plugin_->channel(provider, base, kKey, config));
        return channels_.back()->start(with);
    }

    std::unique_ptr<PluginInHand> plugin_;
    std::vector<std::unique_ptr<ChannelInHand>> channels_;
};

} // namespace switchyard::testing
