// One attempt at a request, passed on to a server that speaks the OpenAI API.
#pragma once

#include "channel.h"
#include "problem.h"

#include "switchyard/provider.hpp"

#include <string>
#include <string_view>

namespace switchyard::openai
{

class FamilyExchange : public Exchange
{
public:
    using ChannelType = FamilyChannel;
    explicit FamilyExchange(const FamilyChannel& channel) : channel_(channel) {}

protected:
    void onStart(const Start& start) override;
    void onResponseHead(const ResponseHead& head) override;
    void onResponseBody(uint64_t request, std::string_view bytes) override;
    void onResponseEnd(uint64_t request) override;
    void onTap(const Tap& tap) override;

private:
    void send(const Start& start, Operation operation, std::string_view url);
    void answerModels();
    void refuse();
    void report(const Problem& problem, std::string_view upstream);

    const FamilyChannel& channel_;
    uint32_t forwardFlags_ = 0;
    int status_ = 0;           ///< of an answer that is not forwarded
    int64_t retryAfterMs_ = 0; ///< what a refusal's head asks for
    bool listsModels_ = false;
    std::string kept_; ///< the body of an answer that is not forwarded, as far as it is kept
};

} // namespace switchyard::openai
