// What of the journal's prepared space is promised to requests that run (ledger.md 7, disk full).
#pragma once

#include <atomic>
#include <cstdint>

namespace switchyard::ledger
{

/// What a request reserves when it is admitted. A unary one writes its settlement; a stream its beginning, too. Twice the usual
/// size of the records: names of a few dozen characters and a detail of about 2 KB. A request whose texts are longer says so.
inline constexpr uint32_t kUnaryRoom = 4 * 1024;
inline constexpr uint32_t kStreamRoom = 6 * 1024;

/// Space that is allocated on the disk (the rest of the segment in use, and the spares) against what has been reserved of it.
/// [any thread; wait-free]
class JournalRoom
{
public:
    /// False: there is not enough, or the journal takes no new requests; nothing has been reserved.
    bool reserve(uint64_t bytes) noexcept
    {
        const uint64_t before = reserved_.fetch_add(bytes, std::memory_order_acq_rel);
        if (before + bytes <= room_.load(std::memory_order_acquire)) return true;
        release(bytes);
        return false;
    }
    void release(uint64_t bytes) noexcept { reserved_.fetch_sub(bytes, std::memory_order_acq_rel); }

    uint64_t reserved() const noexcept { return reserved_.load(std::memory_order_acquire); }
    uint64_t room() const noexcept { return room_.load(std::memory_order_acquire); }
    /// 0 refuses everybody. [the journal's thread]
    void setRoom(uint64_t bytes) noexcept { room_.store(bytes, std::memory_order_release); }

private:
    std::atomic<uint64_t> reserved_{0};
    std::atomic<uint64_t> room_{0};
};

} // namespace switchyard::ledger
