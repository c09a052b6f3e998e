// Body: a request body in one contiguous, padded piece of memory; a large one lies in an unlinked file.
#pragma once

#include "base/result.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace switchyard::net
{

/// The bytes of a message body. At least kPadding readable zero bytes follow them for as long as the Body lives (abi.md
/// 3).
class Body
{
public:
    static constexpr size_t kPadding = 64;

    Body() noexcept = default;
    Body(Body&& other) noexcept;
    Body& operator=(Body&& other) noexcept;
    Body(const Body&) = delete;
    Body& operator=(const Body&) = delete;
    ~Body();

    std::string_view view() const noexcept { return {data_ ? data_ : "", size_}; }
    size_t size() const noexcept { return size_; }
    bool empty() const noexcept { return size_ == 0; }
    /// Lies in a file: the memory is the page cache's.
    bool spilled() const noexcept { return mapped_ != 0; }
    /// Gives memory and file back.
    void clear() noexcept;

    /// For tests and for bodies made here.
    static Body copyOf(std::string_view bytes);

private:
    friend class BodyBuilder;
    char* data_ = nullptr; // from malloc, a pool's block, or mapped
    size_t size_ = 0;
    size_t mapped_ = 0; // length of the mapping, 0: memory
    bool pooled_ = false;
};

/// Collects a body of unknown or announced size. Up to `spillAt` bytes it grows in memory, beyond that in an unlinked
/// file in `directory` (a memfd where that offers no O_TMPFILE).
class BodyBuilder
{
public:
    BodyBuilder(size_t limit, size_t spillAt, const std::string& directory) noexcept
        : limit_(limit), spillAt_(spillAt), directory_(&directory)
    {
    }
    BodyBuilder(const BodyBuilder&) = delete;
    BodyBuilder& operator=(const BodyBuilder&) = delete;
    ~BodyBuilder();

    enum class Added : char
    {
        ok,
        tooLarge,
        failed
    };

    /// Makes room at once for a body of known size.
    Added expect(size_t size);
    /// Where up to `room` next bytes may be read into directly; empty when the body lies in a file.
    char* space(size_t wanted, size_t& room);
    /// `count` bytes were put into space().
    void grown(size_t count) noexcept { size_ += count; }
    Added add(std::string_view bytes);
    size_t size() const noexcept { return size_; }
    size_t limit() const noexcept { return limit_; }
    bool inFile() const noexcept { return file_ >= 0; }

    /// False: the file failed.
    bool finish(Body& out);

private:
    bool reserve(size_t capacity);
    void freeMemory() noexcept;
    bool spill();

    char* data_ = nullptr;
    bool pooled_ = false;
    size_t size_ = 0;
    size_t capacity_ = 0;
    size_t limit_;
    size_t spillAt_;
    const std::string* directory_;
    int file_ = -1;
};

} // namespace switchyard::net
