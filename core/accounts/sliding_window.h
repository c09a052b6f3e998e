// How much happened in the last while, in constant memory.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

namespace switchyard::accounts
{

/// Sums over the last kSlots ticks and the one that runs: with a limit on the sum, no span of kSlots ticks ever exceeds it.
/// Not for use by two threads at once.
class SlidingWindow
{
public:
    static constexpr int64_t kSlots = 30;

    /// Lets go what is too old at `tick`; ticks never go back.
    void advance(int64_t tick) noexcept
    {
        if (tick <= last_) return;
        if (tick - last_ > kSlots)
        {
            slots_.fill(0);
            sum_ = 0;
        }
        else
            for (int64_t t = last_ + 1; t <= tick; ++t)
            {
                sum_ -= slot(t);
                slot(t) = 0;
            }
        last_ = tick;
    }

    int64_t sum() const noexcept { return sum_; }
    int64_t last() const noexcept { return last_; }

    void add(int64_t amount) noexcept
    {
        slot(last_) += amount;
        sum_ += amount;
    }
    /// Takes back what was added at `tick`, if it has not gone already.
    void takeBack(int64_t tick, int64_t amount) noexcept
    {
        if (tick > last_ || last_ - tick > kSlots) return;
        const int64_t taken = std::min(amount, slot(tick));
        slot(tick) -= taken;
        sum_ -= taken;
    }

    /// The tick at which the sum will be at most `most` if nothing comes; last() if it is.
    int64_t tickOf(int64_t most) const noexcept
    {
        int64_t left = sum_;
        int64_t tick = last_;
        for (int64_t oldest = last_ - kSlots; left > most && oldest <= last_; ++oldest)
        {
            left -= slots_[index(oldest)];
            tick = oldest + kSlots + 1;
        }
        return tick;
    }

private:
    static size_t index(int64_t tick) noexcept
    {
        constexpr int64_t size = kSlots + 1;
        return static_cast<size_t>((tick % size + size) % size);
    }
    int64_t& slot(int64_t tick) noexcept { return slots_[index(tick)]; }

    std::array<int64_t, kSlots + 1> slots_{};
    int64_t sum_ = 0;
    int64_t last_ = 0;
};

} // namespace switchyard::accounts
