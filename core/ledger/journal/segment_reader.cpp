#include "ledger/journal/segment_reader.h"

#include "ledger/journal/record.h"
#include "ledger/journal/varint.h"

namespace switchyard::ledger
{

namespace
{

constexpr size_t kPiece = 1024 * 1024;
constexpr size_t kLongestFrame = kFrameHead + kMostPayload;

} // namespace

void SegmentReader::goTo(uint64_t offset) noexcept
{
    offset_ = offset;
    piece_.clear();
    pieceEndsFile_ = false;
}

Result<std::string_view, DiskError> SegmentReader::ahead(size_t wanted)
{
    const bool inside = offset_ >= pieceAt_ && offset_ <= pieceAt_ + piece_.size() && !piece_.empty();
    if (!inside || (piece_.size() - (offset_ - pieceAt_) < wanted && !pieceEndsFile_))
    {
        auto piece = file_->read(offset_, kPiece);
        if (!piece) return failure(piece.error());
        piece_ = std::move(*piece);
        pieceAt_ = offset_;
        pieceEndsFile_ = piece_.size() < kPiece;
    }
    return std::string_view(piece_).substr(offset_ - pieceAt_);
}

Result<std::optional<Frame>, DiskError> SegmentReader::peek()
{
    auto bytes = ahead(kLongestFrame);
    if (!bytes) return failure(bytes.error());
    return frameAt(*bytes, seed_);
}

Result<bool, DiskError> SegmentReader::onlyZerosLeft()
{
    auto end = usedEnd();
    if (!end) return failure(end.error());
    return *end == offset_;
}

Result<uint64_t, DiskError> SegmentReader::usedEnd()
{
    uint64_t end = offset_;
    for (uint64_t at = offset_;;)
    {
        auto piece = file_->read(at, kPiece);
        if (!piece) return failure(piece.error());
        if (const size_t last = piece->find_last_not_of('\0'); last != std::string::npos) end = at + last + 1;
        at += piece->size();
        if (piece->size() < kPiece) return end;
    }
}

Result<std::optional<Frame>, DiskError> SegmentReader::search(uint64_t least, uint64_t most)
{
    for (;;)
    {
        auto bytes = ahead(kLongestFrame);
        if (!bytes) return failure(bytes.error());
        if (bytes->size() < kFrameHead) return std::optional<Frame>();
        // As far as whole frames are in memory; then the next piece.
        const size_t end = pieceEndsFile_ ? bytes->size() - kFrameHead + 1 : bytes->size() - kLongestFrame + 1;
        for (size_t at = 0; at < end; ++at)
        {
            const uint64_t sequence = fixedAt<uint64_t>(bytes->data() + at + 8);
            if (sequence < least || sequence > most) continue;
            const auto frame = frameAt(bytes->substr(at), seed_);
            if (!frame) continue;
            offset_ += at;
            return frame;
        }
        offset_ += end;
    }
}

} // namespace switchyard::ledger
