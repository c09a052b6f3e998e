#include "ledger/journal/errand_runner.h"

#include <pthread.h>
#include <utility>

namespace switchyard::ledger
{

ErrandRunner::ErrandRunner(const char* threadName) : thread_([this, threadName] { run(threadName); }) {}

ErrandRunner::~ErrandRunner()
{
    {
        const std::lock_guard lock(mutex_);
        ending_ = true;
    }
    changed_.notify_one();
    thread_.join();
}

void ErrandRunner::send(std::function<void()> errand)
{
    {
        const std::lock_guard lock(mutex_);
        errand_ = std::move(errand);
    }
    changed_.notify_one();
}

void ErrandRunner::run(const char* threadName)
{
    pthread_setname_np(pthread_self(), threadName);
    std::unique_lock lock(mutex_);
    for (;;)
    {
        changed_.wait(lock, [&] { return ending_ || errand_; });
        if (!errand_) return;
        const auto errand = std::exchange(errand_, nullptr);
        lock.unlock();
        errand();
        lock.lock();
    }
}

} // namespace switchyard::ledger
