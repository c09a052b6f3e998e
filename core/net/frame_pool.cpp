#include "net/frame_pool.h"

#include <array>
#include <new>

namespace switchyard::net
{

#if defined(__SANITIZE_ADDRESS__)

void* FramePool::take(size_t size) { return ::operator new(size); }
void FramePool::give(void* frame, size_t size) noexcept { ::operator delete(frame, size); }

#else

namespace
{

constexpr size_t kStep = 32;
constexpr size_t kClasses = 128; // up to 4 KiB; larger pieces are rare
constexpr size_t kKept = 64;    // of each class

struct Free
{
    Free* next;
};

struct Shelf
{
    Free* first;
    size_t count;
};

// Plain memory, so that reaching it costs no look at whether it was made already.
constinit thread_local std::array<Shelf, kClasses> shelves{};

struct Emptier
{
    ~Emptier()
    {
        for (Shelf& shelf : shelves)
        {
            while (shelf.first)
            {
                Free* piece = shelf.first;
                shelf.first = piece->next;
                ::operator delete(piece);
            }
            shelf.count = kKept; // what comes back still later is not kept
        }
    }
};

void* fresh(size_t size)
{
    thread_local Emptier atTheThreadsEnd;
    return ::operator new(size);
}

size_t classOf(size_t size) noexcept { return (size + kStep - 1) / kStep - 1; }

} // namespace

void* FramePool::take(size_t size)
{
    const size_t wanted = classOf(size);
    if (wanted >= kClasses) return ::operator new(size);
    Shelf& shelf = shelves[wanted];
    if (!shelf.first) return fresh((wanted + 1) * kStep);
    Free* frame = shelf.first;
    shelf.first = frame->next;
    --shelf.count;
    return frame;
}

void FramePool::give(void* frame, size_t size) noexcept
{
    const size_t own = classOf(size);
    if (own >= kClasses) return ::operator delete(frame);
    Shelf& shelf = shelves[own];
    if (shelf.count >= kKept) return ::operator delete(frame);
    shelf.first = new (frame) Free{shelf.first};
    ++shelf.count;
}

#endif

} // namespace switchyard::net
