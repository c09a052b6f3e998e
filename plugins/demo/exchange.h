// One answer of the demo model: laid out at the start, spoken at its pace.
#pragma once

#include "script.h"
#include "wish.h"

#include "switchyard/provider.hpp"

#include <string>
#include <string_view>

namespace switchyard::demo
{

/// A channel's settings.
struct DemoChannel
{
    explicit DemoChannel(const ChannelConfig& from);

    uint32_t pace;      ///< milliseconds between words
    uint32_t firstWord; ///< milliseconds before the first
};

/// The form's JSON Schema.
extern const char kConfigSchema[];

class DemoExchange : public Exchange
{
public:
    using ChannelType = DemoChannel;
    explicit DemoExchange(const DemoChannel& channel) : channel_(channel) {}

protected:
    void onStart(const Start& start) override;
    void onTimer(uint64_t id) override;

private:
    void speak(const Start& start);
    void answerEmbeddings(const Start& start);
    void answerModels();
    void refuse(std::string_view param, std::string_view message);
    bool obey(const Wish& wish, bool stream);
    void play();
    void say(const Line& line);
    void close();

    const DemoChannel& channel_;
    Script script_;
    size_t beat_ = 0;
    size_t cutAt_ = SIZE_MAX; ///< the beat at which the stream breaks, as asked
    uint32_t pace_ = 0;
    int64_t promptTokens_ = 0;
};

} // namespace switchyard::demo
