// What the writer's thread needs of the journal.
#pragma once

#include "ledger/journal/record_source.h"
#include "ledger/journal/recovery.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace switchyard::ledger
{

class UsageJournal;

/// [the writer's thread]
class JournalPort
{
public:
    virtual ~JournalPort() = default;
    virtual std::string id() const = 0;
    virtual const Recovery& recovery() const = 0;
    /// Opens it for new records; `position`: what the database has applied.
    virtual Result<Done, DiskError> open(uint64_t position) = 0;
    /// Returns when these have been written; false: they could not be.
    virtual bool append(const std::vector<SettleRecord>& settles) = 0;
    virtual RecordSource& records() = 0;
    virtual uint64_t lastWritten() const = 0;
    virtual void applied(uint64_t sequence) = 0;
};

/// The product's; `journal` outlives it.
std::unique_ptr<JournalPort> portOf(UsageJournal& journal);

} // namespace switchyard::ledger
