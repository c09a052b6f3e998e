// What one loop hands to the journal at the end of a wake-up.
#pragma once

#include "ledger/journal/record.h"

#include <cstddef>
#include <cstdint>
#include <string>

namespace switchyard::ledger
{

/// Records of one wake-up, already as bytes: the loop encodes, the journal numbers and writes. Filled by one thread, given away
/// with UsageJournal::hand, and nobody's but the journal's until `done` has been called; then it can be cleared and filled
/// again, and keeps its memory. Not movable: the journal's queue goes through it.
class Batch
{
public:
    /// Called once per hand(), on the journal's thread: only post. `safe` is false only when the journal was stopped and could
    /// not write: then these records are lost and nobody has been told otherwise.
    using Done = void (*)(Batch& batch, void* context, bool safe) noexcept;

    Batch(Done done, void* context) noexcept : done_(done), context_(context) {}
    Batch(const Batch&) = delete;
    Batch& operator=(const Batch&) = delete;

    void add(const BeginRecord& begin);
    /// Any number of streams: those beyond kMostStreams become records of their own. Dropped by the journal when the disk is so
    /// full that it would take the room of settlements.
    void add(const ProgressRecord& progress);
    /// `room`: what the request had reserved; the journal releases it when this is written.
    void add(const SettleRecord& settle, uint32_t room);

    bool empty() const noexcept { return count_ == 0; }
    size_t count() const noexcept { return count_; }
    void clear() noexcept;

private:
    friend class BatchInbox;
    friend class JournalEngine;
    template <class RecordType>
    void append(const RecordType& record);

    Done done_;
    void* context_;
    Batch* next_ = nullptr;
    std::string payloads_; ///< each after its length in 4 bytes
    size_t count_ = 0;
    uint64_t room_ = 0;
};

} // namespace switchyard::ledger
