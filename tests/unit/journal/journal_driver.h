// Writes journals as the product's thread does, without the threads.
#pragma once

#include "ledger/journal/journal_clock.h"
#include "ledger/journal/journal_file.h"
#include "ledger/journal/journal_reader.h"
#include "sim_disk.h"

#include <cstdint>
#include <set>
#include <vector>

namespace switchyard::journal_test
{

/// Stands still unless it is moved.
class StillClock final : public ledger::JournalClock
{
public:
    int64_t wallMillis() noexcept override { return wall; }
    int64_t bootMillis() noexcept override { return boot; }
    int64_t wall = 1'795'599'000'000;
    int64_t boot = 1000;
};

/// A settlement that can be told by its number: everything in it follows from it.
std::string payloadOf(uint64_t id);
/// The number of a record that payloadOf made; 0: something in it is not as it was.
uint64_t idOf(const ledger::Record& record);

/// One process's life with a journal.
struct Life
{
    uint64_t segmentBytes = 4096;
    uint64_t firstId = 1;
    uint64_t count = 40;
    bool close = true;

    // What came of it.
    bool started = false;
    bool closed = false;
    std::set<uint64_t> appended;
    std::set<uint64_t> written; ///< acknowledged as written
    std::set<uint64_t> synced;  ///< acknowledged as synced

    /// Reads the journal, opens it, writes. Passes Died on.
    void live(SimDisk& disk, ledger::JournalClock& clock);

private:
    void note(const ledger::JournalFile& file, uint64_t firstSequence);
};

struct Contents
{
    ledger::Recovery recovery;
    std::vector<ledger::Numbered> records;
};
/// Fails the test when the disk does.
Contents contentsOf(ledger::Disk& disk);

} // namespace switchyard::journal_test
