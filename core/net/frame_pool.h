// Memory for coroutine frames: a few free ones of each size are kept by each thread.
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

} // namespace switchyard::net
