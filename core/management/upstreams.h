// What the management plane asks of upstreams through the running gateway: the handlers see this interface, app/ answers.
#pragma once

#include "base/result.h"
#include "providers/provider_set.h"
#include "store/entities.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace switchyard::management
{

/// How a test request through one channel went.
struct ChannelTrial
{
    bool answered = false;
    int status = 0;        ///< HTTP; 0: there was no answer
    std::string text;      ///< the model's answer
    std::string error;     ///< message, when it did not answer
    std::string errorType; ///< of the upstream, as far as it said one
    std::string errorCode;
    int64_t elapsedMs = 0;
};

/// A plain GET to an upstream.
struct Fetch
{
    std::string url;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string proxy; ///< URL; empty: as the process is configured
};

struct Fetched
{
    int status = 0;
    std::string body;
};

/// All of them block, within bounds of time. [pool threads]
class Upstreams
{
public:
    virtual ~Upstreams() = default;

    /// A small chat request for `model` along the way of any client's, but through this channel alone, whatever its
    /// state; nothing is held or charged for it.
    virtual ChannelTrial tryChannel(const store::Channel& channel, const std::string& model) = 0;
    /// The error says, for people, why there is no answer.
    virtual Result<Fetched, std::string> fetch(const Fetch& wanted) = 0;
    /// The providers in service; never null.
    virtual providers::ProviderSetPtr providers() const = 0;
};

} // namespace switchyard::management
