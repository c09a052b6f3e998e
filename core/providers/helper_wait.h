// Waiting for a helper thread where a coroutine's frame may be destroyed meanwhile.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>

namespace switchyard::providers
{

/// What a job on a helper thread uses must outlive the job, also when the loop that waits for it is torn down: whoever
/// owns those things keeps a HelperWait, whose destructor waits until the job has run or been dropped. [thread-safe]
class HelperWait
{
    struct State
    {
        std::mutex mutex;
        std::condition_variable changed;
        bool over = false;
    };

public:
    /// The job holds one; it ends with done(), or by being destroyed.
    class Ticket
    {
    public:
        explicit Ticket(std::shared_ptr<State> state) : state_(std::make_shared<Ender>(std::move(state))) {}
        void done() const { state_->end(); }

    private:
        struct Ender
        {
            explicit Ender(std::shared_ptr<State> s) : state(std::move(s)) {}
            ~Ender() { end(); }
            void end() const
            {
                const std::lock_guard lock(state->mutex);
                state->over = true;
                state->changed.notify_all();
            }
            std::shared_ptr<State> state;
        };
        std::shared_ptr<Ender> state_;
    };

    HelperWait() = default;
    HelperWait(const HelperWait&) = delete;
    HelperWait& operator=(const HelperWait&) = delete;
    ~HelperWait()
    {
        std::unique_lock lock(state_->mutex);
        state_->changed.wait(lock, [this] { return state_->over; });
    }
    /// Call it exactly once.
    Ticket ticket() { return Ticket(state_); }

private:
    std::shared_ptr<State> state_ = std::make_shared<State>();
};

} // namespace switchyard::providers
