#include "net/body.h"

#include "net/frame_pool.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <new>
#include <sys/mman.h>
#include <unistd.h>
#include <utility>

namespace switchyard::net
{

namespace
{

constexpr size_t kBlock = 4096; // most bodies fit, and it can be had without malloc

} // namespace

Body::Body(Body&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)),
      mapped_(std::exchange(other.mapped_, 0)), pooled_(std::exchange(other.pooled_, false))
{
}

Body& Body::operator=(Body&& other) noexcept
{
    if (this != &other)
    {
        clear();
        data_ = std::exchange(other.data_, nullptr);
        size_ = std::exchange(other.size_, 0);
        mapped_ = std::exchange(other.mapped_, 0);
        pooled_ = std::exchange(other.pooled_, false);
    }
    return *this;
}

Body::~Body() { clear(); }

void Body::clear() noexcept
{
    if (mapped_)
        ::munmap(data_, mapped_);
    else if (pooled_)
        FramePool::give(data_, kBlock);
    else
        std::free(data_);
    data_ = nullptr;
    size_ = mapped_ = 0;
    pooled_ = false;
}

Body Body::copyOf(std::string_view bytes)
{
    Body body;
    body.data_ = static_cast<char*>(std::calloc(1, bytes.size() + kPadding));
    if (!body.data_) throw std::bad_alloc();
    std::copy(bytes.begin(), bytes.end(), body.data_);
    body.size_ = bytes.size();
    return body;
}

BodyBuilder::~BodyBuilder()
{
    freeMemory();
    if (file_ >= 0) ::close(file_);
}

bool BodyBuilder::reserve(size_t capacity)
{
    if (capacity <= capacity_) return true;
    if (!data_ && capacity + Body::kPadding <= kBlock)
    {
        data_ = static_cast<char*>(FramePool::take(kBlock));
        pooled_ = true;
        capacity_ = kBlock - Body::kPadding;
        return true;
    }
    auto* grown = static_cast<char*>(std::realloc(pooled_ ? nullptr : data_, capacity + Body::kPadding));
    if (!grown) return false;
    if (pooled_)
    {
        std::memcpy(grown, data_, size_);
        FramePool::give(data_, kBlock);
        pooled_ = false;
    }
    data_ = grown;
    capacity_ = capacity;
    return true;
}

void BodyBuilder::freeMemory() noexcept
{
    if (pooled_)
        FramePool::give(data_, kBlock);
    else
        std::free(data_);
    data_ = nullptr;
    pooled_ = false;
    capacity_ = 0;
}

// From memory to a file that has no name: it is gone with the last who uses it.
bool BodyBuilder::spill()
{
    file_ = ::open(directory_->c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (file_ < 0) file_ = ::memfd_create("body", MFD_CLOEXEC);
    if (file_ < 0) return false;
    const std::string_view sofar(data_ ? data_ : "", size_);
    size_ = 0;
    if (add(sofar) != Added::ok) return false;
    freeMemory();
    return true;
}

BodyBuilder::Added BodyBuilder::expect(size_t size)
{
    if (size > limit_) return Added::tooLarge;
    if (size > spillAt_) return file_ >= 0 || spill() ? Added::ok : Added::failed;
    return reserve(size) ? Added::ok : Added::failed;
}

char* BodyBuilder::space(size_t wanted, size_t& room)
{
    room = 0;
    if (file_ >= 0 || capacity_ <= size_) return nullptr;
    room = std::min(wanted, capacity_ - size_);
    return data_ + size_;
}

BodyBuilder::Added BodyBuilder::add(std::string_view bytes)
{
    if (bytes.size() > limit_ - size_) return Added::tooLarge;
    const size_t grown = size_ + bytes.size();
    if (file_ < 0 && grown > spillAt_ && !spill()) return Added::failed;
    if (file_ < 0)
    {
        if (grown > capacity_ && !reserve(std::min(std::max(grown, capacity_ * 2), std::max(spillAt_, grown))))
            return Added::failed;
        if (!bytes.empty()) std::memcpy(data_ + size_, bytes.data(), bytes.size());
        size_ = grown;
        return Added::ok;
    }
    while (!bytes.empty())
    {
        const ssize_t written = ::pwrite(file_, bytes.data(), bytes.size(), static_cast<off_t>(size_));
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return Added::failed;
        size_ += static_cast<size_t>(written);
        bytes.remove_prefix(static_cast<size_t>(written));
    }
    return Added::ok;
}

bool BodyBuilder::finish(Body& out)
{
    out.clear();
    if (file_ < 0)
    {
        if (size_ == 0) return true;
        // What was reserved for more than came goes back.
        if (!pooled_ && capacity_ - size_ > 4096)
            if (auto* fitted = static_cast<char*>(std::realloc(data_, size_ + Body::kPadding))) data_ = fitted;
        std::memset(data_ + size_, 0, Body::kPadding);
        out.data_ = std::exchange(data_, nullptr);
        out.pooled_ = std::exchange(pooled_, false);
        out.size_ = size_;
        return true;
    }
    // The file is made longer than the body, so that the padding behind it can be read.
    const size_t length = size_ + Body::kPadding;
    if (::ftruncate(file_, static_cast<off_t>(length)) != 0) return false;
    void* mapped = ::mmap(nullptr, length, PROT_READ, MAP_PRIVATE, file_, 0);
    if (mapped == MAP_FAILED) return false;
    ::close(std::exchange(file_, -1));
    out.data_ = static_cast<char*>(mapped);
    out.size_ = size_;
    out.mapped_ = length;
    return true;
}

} // namespace switchyard::net
