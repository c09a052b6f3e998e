// One file of the journal, frame by frame.
#pragma once

#include "ledger/journal/disk.h"
#include "ledger/journal/frame.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace switchyard::ledger
{

/// Reads in large pieces; keeps one. [one thread]
class SegmentReader
{
public:
    SegmentReader(std::unique_ptr<DiskFile> file, uint32_t seed) noexcept : file_(std::move(file)), seed_(seed) {}

    /// The frame at offset(), its payload valid until the next call; nothing when there is none that is whole and valid.
    Result<std::optional<Frame>, DiskError> peek();
    /// Goes behind the frame that peek gave.
    void pass(const Frame& frame) noexcept { offset_ += frame.size; }
    /// Goes anywhere, and forgets what has been read.
    void goTo(uint64_t offset) noexcept;
    uint64_t offset() const noexcept { return offset_; }
    /// Whether only zeros follow.
    Result<bool, DiskError> onlyZerosLeft();
    /// From offset() on: the next place where a valid frame with a number in [least, most] begins; nothing up to the end.
    Result<std::optional<Frame>, DiskError> search(uint64_t least, uint64_t most);
    /// Where the last byte that is not zero stands, plus one; at least offset().
    Result<uint64_t, DiskError> usedEnd();
    Result<uint64_t, DiskError> size() { return file_->size(); }
    Result<std::string, DiskError> read(uint64_t offset, size_t bytes) { return file_->read(offset, bytes); }

private:
    /// What is in memory from offset() on: at least `wanted` bytes unless the file ends.
    Result<std::string_view, DiskError> ahead(size_t wanted);

    std::unique_ptr<DiskFile> file_;
    uint32_t seed_;
    uint64_t offset_ = kHeadBytes;
    uint64_t pieceAt_ = 0;
    std::string piece_;
    bool pieceEndsFile_ = false;
};

} // namespace switchyard::ledger
