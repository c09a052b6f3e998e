// The demo plug-in with a channel, for its suites.
#pragma once

#include "plugin_in_hand.h"

#include "switchyard/json_scan.hpp"

#include <string>

namespace switchyard::testing
{

class DemoInHand
{
public:
    DemoInHand()
        : plugin_(SWITCHYARD_TEST_PLUGIN), channel_(plugin_.channel("demo", "", "", R"({"pace":0,"first_word":0})"))
    {
    }

    PluginInHand& plugin() { return plugin_; }
    std::unique_ptr<ExchangeInHand> start(const std::string& body, uint32_t flags = 0, uint8_t seed = 7)
    {
        return start(*channel_, body, flags, seed);
    }
    std::unique_ptr<ExchangeInHand> start(const ChannelInHand& channel, const std::string& body, uint32_t flags = 0,
                                          uint8_t seed = 7)
    {
        StartWith with;
        with.model = "demo";
        with.body = body;
        with.flags = flags;
        with.seed = seed;
        return channel.start(with);
    }
    std::unique_ptr<ExchangeInHand> start(const StartWith& with) { return channel_->start(with); }

    /// A chat body with one user message and further members.
    static std::string says(const std::string& text, const std::string& more = {})
    {
        return R"({"model":"demo","messages":[{"role":"user","content":)" + sdk::jsonString(text) + "}]" +
               (more.empty() ? "" : "," + more) + "}";
    }
    static std::string stopReason(const Actions& did, uint32_t choice = 0)
    {
        for (const DeltaSeen& delta : did.deltas)
            if (delta.kind == SWY_DELTA_STOP && delta.choice == choice) return delta.name;
        return {};
    }

private:
    PluginInHand plugin_;
    std::unique_ptr<ChannelInHand> channel_;
};

} // namespace switchyard::testing
