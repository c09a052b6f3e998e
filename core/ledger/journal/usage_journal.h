// The usage journal: the one thread that writes what requests did, and what the others may do with it (ledger.md 5 to 7).
#pragma once

#include "ledger/journal/batch.h"
#include "ledger/journal/disk.h"
#include "ledger/journal/journal_clock.h"
#include "ledger/journal/journal_room.h"
#include "ledger/journal/journal_settings.h"
#include "ledger/journal/record_source.h"
#include "ledger/journal/recovery.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace switchyard::ledger
{

class JournalEngine;

/// Life: Disk::lock -> readJournal (journal_reader.h) -> construct -> start -> hand ... -> stop. The Disk and the clock outlive it.
/// Before anybody is admitted the writer reads all records up to recovery().last with next(), and hands over a settlement, with
/// the begin's ticket, for each of recovery().open.
///
/// A loop collects a wake-up's records in a Batch and hands it over at the end of the wake-up; the last write to a client waits
/// for the batch's `done`. A request reserves room when it is admitted and gives it back with its settlement (Batch::add) or,
/// when it ends without one, with room().release.
class UsageJournal final : public RecordSource
{
public:
    UsageJournal(Disk& disk, JournalClock& clock, const JournalSettings& settings, Recovery recovery);
    ~UsageJournal() override; ///< stops
    UsageJournal(const UsageJournal&) = delete;
    UsageJournal& operator=(const UsageJournal&) = delete;

    /// Opens a new segment and starts the threads. `position`: the highest number that a database has applied; if it is above the
    /// journal's last (a journal that lost its end, an older copy of the directory), numbers go on above it. With damage in the
    /// recovery nothing is opened: reserve() refuses, next() serves what is readable, hand() is not allowed.
    /// An error is fatal: the directory cannot be written. Blocks while a segment is made.
    Result<Done, DiskError> start(uint64_t position);

    /// Any number of threads at once, each with its own batch; lock-free, wakes the journal's thread at most once, and only if it
    /// sleeps. Not after stop() has returned.
    void hand(Batch& batch) noexcept;

    /// reserve() and release(): any thread, wait-free.
    JournalRoom& room() noexcept { return room_; }

    /// A name for a stream that begins; unique in this journal, over all starts. [any thread; wait-free]
    uint64_t newTicket() noexcept { return nextTicket_.fetch_add(1, std::memory_order_relaxed); }

    /// Every database has applied all records up to `sequence`: their segments may go when they are old. Say it before start(),
    /// too. [the writer's thread]
    void applied(uint64_t sequence) noexcept;

    Result<std::vector<Numbered>, DiskError> next(uint64_t after, size_t most, std::chrono::milliseconds wait) override;

    /// Writes and syncs all that was handed over, calls every `done`, ends the threads; next() goes on serving what there is. At
    /// most `within`: then what a broken disk did not take is given up and its `done` called with false. Returns whether all is
    /// safe. Once; after the loops have ended or promised to hand over nothing more.
    bool stop(std::chrono::milliseconds within);

    JournalHealth health() const; ///< any thread, takes a lock: not for every request
    const Recovery& recovery() const noexcept { return recovery_; }
    const std::string& id() const noexcept { return recovery_.journalId; }

private:
    Recovery recovery_;
    JournalRoom room_;
    std::atomic<uint64_t> nextTicket_;
    std::unique_ptr<JournalEngine> engine_;
};

} // namespace switchyard::ledger
