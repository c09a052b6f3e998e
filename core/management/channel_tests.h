// Tests of channels: one on demand, or all in the background, with what follows from them for a channel's state.
#pragma once

#include "management/context.h"
#include "management/upstreams.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

namespace switchyard::store
{
struct ChannelRow;
}

namespace switchyard::management
{

/// Whether a failed trial says that the channel's key or account is no good, so that trying again is in vain: the
/// upstream's own type or code, or what its message says of money, policy or an expired key.
bool looksFatal(const ChannelTrial& trial);

/// Each test is noted in the channel's row and in the log (type 5, no user). [any thread]
class ChannelTests
{
public:
    /// Context and upstreams outlive it. `pause`: between two channels of a run over all.
    ChannelTests(const Context& context, Upstreams& upstreams, std::chrono::milliseconds pause);
    ~ChannelTests() { stop(); }
    ChannelTests(const ChannelTests&) = delete;
    ChannelTests& operator=(const ChannelTests&) = delete;

    /// `model` is used if the channel lists it; else gpt-3.5-turbo, else its first. Nothing: no such channel. Throws
    /// Refusal when as many tests are running as the pool of threads may lend.
    std::optional<ChannelTrial> testOne(int64_t channelId, std::string_view model, const std::string& requestId);
    /// False when a run is under way already, or after stop().
    bool startAll(bool disabledOnly);
    /// Ends a run after the channel that it is at, and waits for that; no other begins.
    void stop();

private:
    ChannelTrial test(const store::ChannelRow& row, std::string_view model, const std::string& requestId);
    void runAll(const std::stop_token& stop, bool disabledOnly);
    void judge(const store::ChannelRow& row, const ChannelTrial& trial);
    void setStatus(const store::ChannelRow& row, store::ChannelStatus status, const std::string& why);

    const Context& context_;
    Upstreams& upstreams_;
    std::chrono::milliseconds pause_;
    std::mutex starting_;
    std::mutex pausingMutex_;
    std::condition_variable_any pausing_; ///< never notified: a pause ends by time or by the stop
    bool stopped_ = false;
    std::atomic<int> atOnce_ = 0;
    std::atomic<bool> running_ = false;
    std::jthread run_; ///< last: ends before the rest
};

} // namespace switchyard::management
