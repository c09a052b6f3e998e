// Memory that a plug-in gets from swy_actions_t.alloc: given back all at once, after its exchange is destroyed.
#pragma once

#include <cstddef>

namespace switchyard::providers
{

/// Takes nothing from the heap before the first use. [one thread at a time]
class Arena
{
public:
    Arena() = default;
    ~Arena();
    Arena(const Arena&) = delete;
    Arena& operator=(const Arena&) = delete;

    /// 16-byte aligned and zeroed. Null when `limit` bytes in all would be passed, or the heap is exhausted.
    void* take(size_t size, size_t limit) noexcept;

private:
    struct alignas(16) Chunk
    {
        Chunk* next;
        size_t used;
        size_t room;
    };
    Chunk* newest_ = nullptr;
    size_t taken_ = 0;
};

} // namespace switchyard::providers
