// Where the writer gets the records that it applies to the database.
#pragma once

#include "ledger/journal/disk.h"
#include "ledger/journal/record.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace switchyard::ledger
{

/// All records of a journal in order, from memory as long as the reader keeps up and from the files when it lags: memory stays
/// bounded. Only records that are synced: a database must never be ahead of its journal.
class RecordSource
{
public:
    virtual ~RecordSource() = default;
    /// At most `most` records with numbers above `after`; waits up to `wait` for the first. Empty: none came in time, or the
    /// journal has stopped and there are no more. Numbers grow by one, except over what `repair --accept-loss` gave up. Fails
    /// when the next record is no longer kept (`DiskError::number` 0) or cannot be read. [one thread at a time: the writer's]
    virtual Result<std::vector<Numbered>, DiskError> next(uint64_t after, size_t most, std::chrono::milliseconds wait) = 0;
};

} // namespace switchyard::ledger
