// The queue between the loops and the journal's thread.
#pragma once

#include "ledger/journal/batch.h"

#include <atomic>

namespace switchyard::ledger
{

/// Many push, one takes all. Lock-free; the list goes through the batches themselves.
class BatchInbox
{
public:
    /// Whether it was empty: then, and only then, the taker has to be woken. [any thread]
    bool push(Batch& batch) noexcept
    {
        Batch* head = head_.load(std::memory_order_relaxed);
        do
            batch.next_ = head;
        while (!head_.compare_exchange_weak(head, &batch, std::memory_order_seq_cst, std::memory_order_relaxed));
        return head == nullptr;
    }

    /// All that was pushed, oldest first; `next` leads through it. [the taker]
    Batch* take() noexcept
    {
        Batch* newest = head_.exchange(nullptr, std::memory_order_seq_cst);
        Batch* oldest = nullptr;
        while (newest != nullptr)
        {
            Batch* before = newest->next_;
            newest->next_ = oldest;
            oldest = newest;
            newest = before;
        }
        return oldest;
    }

    static Batch* next(const Batch& batch) noexcept { return batch.next_; }

private:
    std::atomic<Batch*> head_{nullptr};
};

} // namespace switchyard::ledger
