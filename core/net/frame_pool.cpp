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

constexpr size_t kStep = 64;
constexpr size_t kClasses = 32; // up to 2 KiB; larger frames are rare
constexpr size_t kKept = 64;    // of each class

struct Free
{
    Free* next;
};

struct Shelf
{
    Free* first = nullptr;
    size_t count = 0;
};

struct Shelves
{
    std::array<Shelf, kClasses> shelves;
    ~Shelves()
    {
        for (Shelf& shelf : shelves)
            while (shelf.first)
            {
                Free* frame = shelf.first;
                shelf.first = frame->next;
                ::operator delete(frame);
            }
    }
};

Shelves& mine() noexcept
{
    thread_local Shelves shelves;
    return shelves;
}

size_t classOf(size_t size) noexcept { return (size + kStep - 1) / kStep - 1; }

} // namespace

void* FramePool::take(size_t size)
{
    const size_t wanted = classOf(size);
    if (wanted >= kClasses) return ::operator new(size);
    Shelf& shelf = mine().shelves[wanted];
    if (!shelf.first) return ::operator new((wanted + 1) * kStep);
    Free* frame = shelf.first;
    shelf.first = frame->next;
    --shelf.count;
    return frame;
}

void FramePool::give(void* frame, size_t size) noexcept
{
    const size_t own = classOf(size);
    if (own >= kClasses) return ::operator delete(frame);
    Shelf& shelf = mine().shelves[own];
    if (shelf.count >= kKept) return ::operator delete(frame);
    shelf.first = new (frame) Free{shelf.first};
    ++shelf.count;
}

#endif

} // namespace switchyard::net
