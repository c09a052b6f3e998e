#include "net/buffers.h"

namespace switchyard::net
{

Buffer BufferPool::take()
{
    if (free_.empty()) return {*this, new char[Buffer::kSize + Buffer::kPadding]()};
    char* data = free_.back().release();
    free_.pop_back();
    return {*this, data};
}

void BufferPool::give(char* data) noexcept
{
    std::unique_ptr<char[]> owned(data);
    if (free_.capacity() == 0) free_.reserve(kKept);
    if (free_.size() < kKept) free_.push_back(std::move(owned));
}

} // namespace switchyard::net
