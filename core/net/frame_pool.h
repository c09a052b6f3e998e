// Memory for coroutine frames and for what lives as long as they: a few free pieces of each size are kept by each thread.
#pragma once

#include <cstddef>

namespace switchyard::net
{

/// take() and give() of one frame may happen on different threads. With the address sanitizer nothing is kept, so that it
/// sees each frame's end.
class FramePool
{
public:
    static void* take(size_t size);
    static void give(void* frame, size_t size) noexcept;
};

/// For containers that a request holds while it waits for its upstream: malloc keeps too few free pieces of a size for all
/// requests of a loop.
template <class T>
struct PoolAllocator
{
    using value_type = T;
    PoolAllocator() noexcept = default;
    template <class U>
    PoolAllocator(const PoolAllocator<U>&) noexcept
    {
    }
    T* allocate(size_t count) { return static_cast<T*>(FramePool::take(count * sizeof(T))); }
    void deallocate(T* memory, size_t count) noexcept { FramePool::give(memory, count * sizeof(T)); }
    template <class U>
    bool operator==(const PoolAllocator<U>&) const noexcept
    {
        return true;
    }
};

} // namespace switchyard::net
