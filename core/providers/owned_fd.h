// A file descriptor that closes itself.
#pragma once

#include <unistd.h>

#include <utility>

namespace switchyard::providers
{

class OwnedFd
{
public:
    OwnedFd() noexcept = default;
    explicit OwnedFd(int fd) noexcept : fd_(fd) {}
    OwnedFd(OwnedFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    OwnedFd& operator=(OwnedFd&& other) noexcept
    {
        std::swap(fd_, other.fd_);
        return *this;
    }
    ~OwnedFd()
    {
        if (fd_ >= 0) ::close(fd_);
    }

    /// Leaves it open for good.
    void leak() noexcept { fd_ = -1; }
    int get() const noexcept { return fd_; }
    explicit operator bool() const noexcept { return fd_ >= 0; }

private:
    int fd_ = -1;
};

} // namespace switchyard::providers
