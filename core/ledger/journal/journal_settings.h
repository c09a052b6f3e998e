// What the journal is told, and what it tells of itself.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace switchyard::ledger
{

struct JournalSettings
{
    uint64_t segmentBytes = 64 * 1024 * 1024;
    uint64_t mostLagBytes = 4ull * 1024 * 1024 * 1024;      ///< JOURNAL_MAX: unapplied beyond this, no new requests
    uint64_t keepBytes = 1024ull * 1024 * 1024;             ///< applied segments beyond this go, oldest first
    std::chrono::milliseconds keepFor{7 * 24 * 3600 * 1000LL}; ///< and those older than this
    std::chrono::milliseconds syncAfter{5};                 ///< from a write to the start of its fdatasync
    bool acknowledgeSynced = false;                         ///< LEDGER_SYNC=synced
};

struct JournalHealth
{
    bool accepting = false; ///< new billable requests; else 503 `ledger_unavailable`
    std::string trouble;    ///< why not, or what went wrong last; empty: nothing
    uint64_t lastWritten = 0;
    uint64_t lastSynced = 0;
    uint64_t applied = 0;
    uint64_t lagRecords = 0; ///< written, not applied
    uint64_t lagBytes = 0;
    int64_t lagSeconds = 0;  ///< age of the oldest unapplied record
    bool lagging = false;    ///< above half of mostLagBytes
    uint64_t room = 0;
    uint64_t reserved = 0;
    uint64_t syncs = 0;
    uint64_t syncMicros = 0;     ///< of all syncs together
    uint64_t lastSyncMicros = 0;
    uint64_t failures = 0;        ///< writes and syncs that failed and were made good in another segment, or wait for it
    uint64_t droppedProgress = 0; ///< progress records that gave way to settlements
};

} // namespace switchyard::ledger
