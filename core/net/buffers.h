// Read buffers of a loop: borrowed while bytes are in them, so that a connection that waits holds none.
#pragma once

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace switchyard::net
{

class BufferPool;

/// 16 KiB from a BufferPool; goes back when destroyed. [the loop's thread]
class Buffer
{
public:
    /// What may be filled. Behind it lie kPadding more bytes that may be read (and overwritten) by parsers.
    static constexpr size_t kSize = 16 * 1024;
    static constexpr size_t kPadding = 64;

    Buffer() noexcept = default;
    Buffer(Buffer&& other) noexcept : pool_(other.pool_), data_(std::exchange(other.data_, nullptr)) {}
    Buffer& operator=(Buffer&& other) noexcept
    {
        std::swap(pool_, other.pool_);
        std::swap(data_, other.data_);
        return *this;
    }
    ~Buffer() { release(); }

    explicit operator bool() const noexcept { return data_ != nullptr; }
    char* data() const noexcept { return data_; }
    void release() noexcept;

private:
    friend class BufferPool;
    Buffer(BufferPool& pool, char* data) noexcept : pool_(&pool), data_(data) {}
    BufferPool* pool_ = nullptr;
    char* data_ = nullptr;
};

/// Keeps a few free buffers; the one given back last is handed out first, since it is in the cache.
class BufferPool
{
public:
    BufferPool() = default;
    BufferPool(const BufferPool&) = delete;
    BufferPool& operator=(const BufferPool&) = delete;
    Buffer take();

private:
    friend class Buffer;
    static constexpr size_t kKept = 16;
    void give(char* data) noexcept;
    std::vector<std::unique_ptr<char[]>> free_;
};

inline void Buffer::release() noexcept
{
    if (data_) pool_->give(std::exchange(data_, nullptr));
}

} // namespace switchyard::net
