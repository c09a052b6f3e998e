// A pile of measurements and their percentiles.
#pragma once
#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

namespace load
{

class Samples
{
public:
    void add(std::uint64_t nanoseconds) { values_.push_back(static_cast<float>(nanoseconds) / 1000.0f); }
    void clear() { values_.clear(); }
    std::size_t count() const { return values_.size(); }

    /// Microseconds; 0 where nothing was measured.
    float percentile(double share)
    {
        if (values_.empty()) return 0;
        const auto index = static_cast<std::ptrdiff_t>(share * static_cast<double>(values_.size() - 1));
        std::nth_element(values_.begin(), values_.begin() + index, values_.end());
        return values_[static_cast<std::size_t>(index)];
    }

    std::string json()
    {
        return "{\"count\":" + std::to_string(count()) + ",\"p50_us\":" + std::to_string(percentile(0.5)) +
               ",\"p99_us\":" + std::to_string(percentile(0.99)) + ",\"max_us\":" + std::to_string(percentile(1.0)) +
               "}";
    }

private:
    std::vector<float> values_;
};

} // namespace load
