// Counters and gauges with names: what the metrics page and the tests read.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace switchyard::telemetry
{

/// A number that only grows. [any thread]
class Counter
{
public:
    void add(uint64_t amount = 1) noexcept { value_.fetch_add(amount, std::memory_order_relaxed); }
    uint64_t value() const noexcept { return value_.load(std::memory_order_relaxed); }

private:
    alignas(64) std::atomic<uint64_t> value_{0}; // a cache line each: threads that count different things do not meet
};

/// A number that goes up and down. [any thread]
class Gauge
{
public:
    void add(int64_t amount) noexcept { value_.fetch_add(amount, std::memory_order_relaxed); }
    void set(int64_t amount) noexcept { value_.store(amount, std::memory_order_relaxed); }
    int64_t value() const noexcept { return value_.load(std::memory_order_relaxed); }

private:
    alignas(64) std::atomic<int64_t> value_{0};
};

/// The place where metrics are registered by name. Look one up once, at construction, and keep the reference: it is
/// valid as long as the registry. [any thread]
class Metrics
{
public:
    struct Reading
    {
        std::string name;
        std::string help;
        bool monotonic = false;
        int64_t value = 0;
    };

    Counter& counter(std::string_view name, std::string_view help);
    Gauge& gauge(std::string_view name, std::string_view help);
    /// All of them, sorted by name.
    std::vector<Reading> readings() const;

private:
    template <class T>
    struct Named
    {
        std::string help;
        T metric;
    };
    mutable std::mutex mutex_;
    std::map<std::string, Named<Counter>, std::less<>> counters_; // nodes: references stay valid
    std::map<std::string, Named<Gauge>, std::less<>> gauges_;
};

} // namespace switchyard::telemetry
