// How many calls an address may make in a while.
#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

namespace switchyard::management
{

/// A sliding log of the times of each sender's calls: exact, and the wait that it names is true. [any thread]
class RateLimit
{
public:
    /// `most` calls in any `windowMs`; 0: no limit.
    RateLimit(size_t most, int64_t windowMs) : most_(most), windowMs_(windowMs) {}

    /// Counts a call at `nowMs` (of a clock that never jumps). Nothing when it is allowed; else the seconds, at least 1,
    /// after which the next one is. A refused call does not count.
    std::optional<int64_t> tooMany(const std::string& sender, int64_t nowMs);

private:
    void forgetIdle(int64_t nowMs);

    size_t most_;
    int64_t windowMs_;
    std::mutex mutex_;
    std::unordered_map<std::string, std::deque<int64_t>> calls_;
    size_t sweepAt_ = 1024;
};

} // namespace switchyard::management
