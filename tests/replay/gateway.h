// The gateway's own code between an upstream's bytes and a client's, without sockets: a plug-in's exchange run by the
// host, its answer passed on by the relay.
#pragma once

#include "vector.h"

#include "providers/channel_table.h"
#include "providers/exchange_request.h"
#include "relay/body_scan.h"
#include "relay/settlement.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace switchyard::replay
{

/// What became of an exchange.
struct Outcome
{
    bool finished = false;
    bool passedError = false; ///< the provider's own error frame reached the client
    std::string bytes;        ///< to the client
    relay::Usage usage;
    std::string finish;
    int failureCause = 0; ///< 0: it did not fail
    int failureScope = 0;
    int failureStatus = 0;
    std::string failureMessage;
    std::string failureCode;
    uint32_t forwardFlags = 0;
    std::string sentUrl, sentBody; ///< upstream

    /// What differs, for people; empty: nothing.
    std::string differenceFrom(const Outcome& other) const;
};

class Prepared;

/// A plug-in loaded as the host loads it. Threads may share it.
class Gateway
{
public:
    /// Throws std::runtime_error.
    explicit Gateway(const std::string& pluginFile);
    ~Gateway();
    Gateway(const Gateway&) = delete;
    Gateway& operator=(const Gateway&) = delete;

    /// The provider of that id, else the plug-in's first.
    std::string providerFor(const std::string& id) const;
    /// A request, ready to be run: to a channel of `provider` with the form `config`; `requestBody` in place of the
    /// recorded one. `vector` must live as long.
    std::unique_ptr<Prepared> prepare(const Vector& vector, const std::string& provider, const std::string& config,
                                      const std::string& requestBody, bool wantsUsage) const;

private:
    struct Loaded;
    providers::ChannelObjectPtr channelOf(const std::string& provider, const std::string& config) const;

    std::unique_ptr<Loaded> loaded_;
};

/// A request with its channel. Pinned: it refers to its own body.
class Prepared
{
public:
    Prepared(const Vector& vector, providers::ChannelObjectPtr channel, const std::string& requestBody,
             bool wantsUsage);
    Prepared(const Prepared&) = delete;
    Prepared& operator=(const Prepared&) = delete;

    /// Runs it; the answer comes in the pieces that `cuts` (sorted positions) leave.
    Outcome run(const std::vector<size_t>& cuts) const;

private:
    const Vector& vector_;
    providers::ChannelObjectPtr channel_;
    std::string body_; // with 64 bytes behind it
    relay::BodyIndex index_;
    std::string target_;
    providers::ExchangeRequest request_;
};

} // namespace switchyard::replay
