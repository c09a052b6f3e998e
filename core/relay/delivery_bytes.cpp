#include "relay/delivery_bytes.h"

#include <algorithm>

namespace switchyard::relay
{

namespace
{

// What an idle stream may keep of its largest burst.
constexpr size_t kKeptCapacity = 4096;

} // namespace

void OutputQueue::view(std::string_view bytes)
{
    if (bytes.empty()) return;
    size_ += bytes.size();
    if (pieces_.size() > firstPiece_)
    {
        Piece& last = pieces_.back();
        if (last.data && last.data + last.size == bytes.data())
        {
            last.size += bytes.size();
            return;
        }
    }
    pieces_.push_back({bytes.data(), 0, bytes.size()});
}

void OutputQueue::copy(std::string_view bytes)
{
    if (bytes.empty()) return;
    size_ += bytes.size();
    const size_t offset = owned_.size();
    owned_.append(bytes);
    if (pieces_.size() > firstPiece_)
    {
        Piece& last = pieces_.back();
        if (!last.data && last.offset + last.size == offset)
        {
            last.size += bytes.size();
            return;
        }
    }
    pieces_.push_back({nullptr, offset, bytes.size()});
}

void OutputQueue::own(std::string bytes)
{
    if (!owned_.empty() || bytes.size() <= owned_.capacity()) return copy(bytes);
    if (bytes.empty()) return;
    owned_ = std::move(bytes);
    size_ += owned_.size();
    pieces_.push_back({nullptr, 0, owned_.size()});
}

void OutputQueue::endFrame() { frameEnds_.push_back(consumed_ + size_); }

size_t OutputQueue::fill(std::span<iovec> room, size_t most) const
{
    size_t count = 0;
    for (size_t i = firstPiece_; i < pieces_.size() && count < room.size() && most > 0; ++i)
    {
        const size_t size = std::min(most, pieces_[i].size);
        room[count++] = {const_cast<char*>(bytesOf(pieces_[i])), size};
        most -= size;
    }
    return count;
}

void OutputQueue::consume(size_t bytes)
{
    size_ -= bytes;
    consumed_ += bytes;
    while (bytes > 0)
    {
        Piece& piece = pieces_[firstPiece_];
        const size_t taken = std::min(bytes, piece.size);
        if (piece.data)
            piece.data += taken;
        else
            piece.offset += taken;
        piece.size -= taken;
        bytes -= taken;
        if (piece.size == 0) ++firstPiece_;
    }
    while (firstFrame_ < frameEnds_.size() && frameEnds_[firstFrame_] <= consumed_)
    {
        ++firstFrame_;
        ++framesDelivered_;
    }
    if (size_ == 0) reset();
}

void OutputQueue::keep()
{
    const bool allOwned =
        std::none_of(pieces_.begin() + static_cast<ptrdiff_t>(firstPiece_), pieces_.end(), [](const Piece& p) { return p.data != nullptr; });
    if (size_ == 0 || allOwned) return;
    std::string kept;
    kept.reserve(size_);
    for (size_t i = firstPiece_; i < pieces_.size(); ++i)
        kept.append(bytesOf(pieces_[i]), pieces_[i].size);
    owned_ = std::move(kept);
    firstPiece_ = 0;
    pieces_.assign(1, {nullptr, 0, owned_.size()});
}

void OutputQueue::clear()
{
    size_ = 0;
    reset();
}

void OutputQueue::reset()
{
    pieces_.clear();
    firstPiece_ = 0;
    frameEnds_.clear();
    firstFrame_ = 0;
    if (owned_.capacity() > kKeptCapacity) std::string().swap(owned_);
    owned_.clear();
    if (pieces_.capacity() * sizeof(Piece) > kKeptCapacity) std::vector<Piece>().swap(pieces_);
    if (frameEnds_.capacity() * sizeof(uint64_t) > kKeptCapacity) std::vector<uint64_t>().swap(frameEnds_);
}

} // namespace switchyard::relay
