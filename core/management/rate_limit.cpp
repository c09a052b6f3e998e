#include "management/rate_limit.h"

#include <algorithm>

namespace switchyard::management
{

std::optional<int64_t> RateLimit::tooMany(const std::string& sender, int64_t nowMs)
{
    if (most_ == 0) return std::nullopt;
    const std::lock_guard lock(mutex_);
    if (calls_.size() >= sweepAt_) forgetIdle(nowMs);
    std::deque<int64_t>& times = calls_[sender];
    while (!times.empty() && times.front() <= nowMs - windowMs_)
        times.pop_front();
    if (times.size() < most_)
    {
        times.push_back(nowMs);
        return std::nullopt;
    }
    constexpr int64_t kSecond = 1000;
    const int64_t waitMs = times.front() + windowMs_ - nowMs;
    return std::max<int64_t>(1, (waitMs + kSecond - 1) / kSecond);
}

// Rare: only when the number of senders has doubled since the last time.
void RateLimit::forgetIdle(int64_t nowMs)
{
    std::erase_if(calls_, [&](const auto& sender)
                  { return sender.second.empty() || sender.second.back() <= nowMs - windowMs_; });
    sweepAt_ = std::max<size_t>(1024, calls_.size() * 2);
}

} // namespace switchyard::management
