// How far the database is behind the journal.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>

namespace switchyard::ledger
{

/// Bytes are known to about 64 KiB. [one thread]
class JournalLag
{
public:
    void written(uint64_t through, uint64_t bytes, int64_t wallMillis);
    void applied(uint64_t through);

    uint64_t bytes() const noexcept { return bytes_; }
    /// When the oldest unapplied record was written; nothing: all is applied.
    std::optional<int64_t> oldest() const noexcept;

private:
    struct Mark
    {
        uint64_t through;
        uint64_t bytes;
        int64_t wallMillis;
    };
    std::deque<Mark> marks_;
    uint64_t bytes_ = 0;
};

} // namespace switchyard::ledger
