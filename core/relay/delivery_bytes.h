// Bytes on their way to the client: spans of somebody else's buffer, and bytes of its own, in the order of the answer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <sys/uio.h>
#include <vector>

namespace switchyard::relay
{

/// A queue that one writev can empty. Views are not copied; keep() turns what is left of them into owned bytes before their
/// buffer is used again. It also keeps the count of what has left: whole frames and bytes.
class OutputQueue
{
public:
    /// `bytes` must live until they are consumed or keep() is called. Neighbours in memory become one piece.
    void view(std::string_view bytes);
    /// Copies.
    void copy(std::string_view bytes);
    /// Takes over; cheaper than copy for large bytes.
    void own(std::string bytes);
    /// A frame (or a whole unary answer) ends behind what has been queued.
    void endFrame();

    bool empty() const { return size_ == 0; }
    size_t size() const { return size_; }

    /// Describes the front of the queue, at most `most` bytes of it, in at most `room.size()` pieces; returns how many. Valid
    /// until the queue changes.
    size_t fill(std::span<iovec> room, size_t most = SIZE_MAX) const;
    /// Bytes up to the end of the first frame that waits; all where none has ended.
    size_t firstFrameSize() const
    {
        for (size_t i = firstFrame_; i < frameEnds_.size(); ++i)
            if (frameEnds_[i] > consumed_) return static_cast<size_t>(frameEnds_[i] - consumed_);
        return size_;
    }
    /// `bytes` of the front have been accepted by the client's socket.
    void consume(size_t bytes);
    /// Copies what is left of views: call it before the buffers that they refer to go away.
    void keep();
    /// Forgets everything that is queued; it does not count as delivered.
    void clear();

    uint64_t bytesDelivered() const { return consumed_; }
    uint64_t framesDelivered() const { return framesDelivered_; }
    /// Delivered ones and those that wait here: the number of the frame that the next bytes belong to.
    uint64_t framesQueued() const { return framesDelivered_ + (frameEnds_.size() - firstFrame_); }

private:
    struct Piece
    {
        const char* data; // nullptr: `offset` into owned_
        size_t offset;
        size_t size;
    };
    const char* bytesOf(const Piece& piece) const { return piece.data ? piece.data : owned_.data() + piece.offset; }
    void reset();

    std::vector<Piece> pieces_;
    std::string owned_;
    std::vector<uint64_t> frameEnds_; // positions in the answer, in bytes from its start
    size_t firstPiece_ = 0;
    size_t firstFrame_ = 0;
    size_t size_ = 0;
    uint64_t consumed_ = 0;
    uint64_t framesDelivered_ = 0;
};

} // namespace switchyard::relay
