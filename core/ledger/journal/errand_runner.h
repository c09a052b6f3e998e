// A thread that does one blocking thing at a time for another thread.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace switchyard::ledger
{

class ErrandRunner
{
public:
    explicit ErrandRunner(const char* threadName);
    ~ErrandRunner(); ///< waits for the errand that runs
    ErrandRunner(const ErrandRunner&) = delete;
    ErrandRunner& operator=(const ErrandRunner&) = delete;

    /// Not while one runs. The errand tells by itself that it has ended.
    void send(std::function<void()> errand);

private:
    void run(const char* threadName);

    std::mutex mutex_;
    std::condition_variable changed_;
    std::function<void()> errand_;
    bool ending_ = false;
    std::thread thread_;
};

} // namespace switchyard::ledger
