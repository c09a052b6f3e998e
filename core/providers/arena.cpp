#include "providers/arena.h"

#include <algorithm>
#include <cstdlib>

namespace switchyard::providers
{

namespace
{
constexpr size_t kAlignment = 16;
constexpr size_t kFirstRoom = 448; // with its header a chunk of 480 bytes: most plug-ins need no second one
constexpr size_t kLargestRoom = size_t{64} << 10;
} // namespace

Arena::~Arena()
{
    while (newest_)
    {
        Chunk* next = newest_->next;
        std::free(newest_);
        newest_ = next;
    }
}

void* Arena::take(size_t size, size_t limit) noexcept
{
    if (size > limit || taken_ > limit - size) return nullptr;
    const size_t rounded = (std::max<size_t>(size, 1) + kAlignment - 1) / kAlignment * kAlignment;
    if (!newest_ || newest_->room - newest_->used < rounded)
    {
        const size_t doubled = newest_ ? std::min(newest_->room * 2, kLargestRoom) : kFirstRoom;
        const size_t room = std::max(doubled, rounded);
        auto* chunk = static_cast<Chunk*>(std::calloc(1, sizeof(Chunk) + room));
        if (!chunk) return nullptr;
        chunk->next = newest_;
        chunk->room = room;
        newest_ = chunk;
    }
    char* place = reinterpret_cast<char*>(newest_ + 1) + newest_->used;
    newest_->used += rounded;
    taken_ += rounded;
    return place;
}

} // namespace switchyard::providers
