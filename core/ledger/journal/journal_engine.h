// The threads of the usage journal: one that writes, one that syncs, one that makes and removes files.
#pragma once

#include "ledger/journal/batch.h"
#include "ledger/journal/doorbell.h"
#include "ledger/journal/errand_runner.h"
#include "ledger/journal/inbox.h"
#include "ledger/journal/journal_file.h"
#include "ledger/journal/journal_lag.h"
#include "ledger/journal/journal_room.h"
#include "ledger/journal/journal_settings.h"
#include "ledger/journal/journal_shelf.h"
#include "ledger/journal/open_streams.h"

#include <atomic>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>

namespace switchyard::ledger
{

/// What UsageJournal promises is done here; the rules of each function are said there.
class JournalEngine
{
public:
    JournalEngine(Disk& disk, JournalClock& clock, const JournalSettings& settings, const Recovery& recovery, JournalRoom& room);
    ~JournalEngine();

    Result<Done, DiskError> start(uint64_t position);
    void hand(Batch& batch) noexcept;
    void applied(uint64_t sequence) noexcept;
    Result<std::vector<Numbered>, DiskError> next(uint64_t after, size_t most, std::chrono::milliseconds wait);
    bool stop(std::chrono::milliseconds within);
    JournalHealth health() const;

private:
    struct Waiting
    {
        Batch* batch;
        uint64_t through; ///< the number of its last record
        uint64_t room;    ///< given back when that is written
    };

    void run();
    bool gather();
    void take(Batch& batch);
    bool roomForProgress(size_t bytes) const noexcept;
    void write();
    void syncWhenDue();
    void syncEnded();
    void complete();
    void publish();
    void keepSpares();
    void removeExpired();
    void takeOver();
    void afterTrouble(const DiskError& error);
    std::chrono::microseconds rest() const noexcept;
    void finish();
    void refuseRest() noexcept;

    Disk& disk_;
    JournalClock& clock_;
    const JournalSettings settings_;
    const Recovery& recovery_;
    JournalRoom& room_;
    JournalShelf shelf_;

    // Shared with the loops and the writer.
    BatchInbox inbox_;
    Doorbell bell_;
    std::atomic<uint64_t> applied_{0};
    std::atomic<bool> stopping_{false};
    std::atomic<bool> ended_{true};
    std::atomic<int64_t> stopBy_{0}; ///< bootMillis

    // The journal's thread alone.
    std::optional<JournalFile> file_;
    OpenStreams open_{false};
    JournalLag lag_;
    std::deque<Waiting> waiting_; ///< handed over, `done` not yet called
    size_t roomGiven_ = 0;        ///< of waiting_, from its beginning: whose room has been given back
    uint64_t droppedProgress_ = 0;
    int64_t unsyncedSince_ = 0;
    SyncJob syncing_;
    bool making_ = false; ///< the errand runner for files has something to do
    int64_t spareRetryAt_ = 0;
    int64_t removeAt_ = 0;
    std::optional<DiskError> trouble_;
    int64_t retryAt_ = 0;
    std::string spareTrouble_;
    bool stoppedSafe_ = true;

    // What the errands bring back.
    std::mutex errandMutex_;
    std::optional<Result<Done, DiskError>> syncResult_;
    std::optional<Result<Spare, DiskError>> spareResult_;
    bool removed_ = false;
    std::string removeTrouble_;
    int64_t syncMicros_ = 0;
    std::atomic<bool> cancelSpare_{false};

    mutable std::mutex healthMutex_;
    JournalHealth health_;

    std::optional<ErrandRunner> syncer_;
    std::optional<ErrandRunner> filer_;
    std::thread thread_;
};

} // namespace switchyard::ledger
