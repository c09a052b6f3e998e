// Where records go on their way to the journal: the one thing that the data plane knows of it.
#pragma once

#include "ledger/journal/record.h"

#include <memory>
#include <vector>

namespace switchyard::ledger
{

/// The records of one turn of one loop.
class RecordBatch
{
public:
    virtual ~RecordBatch() = default;
    /// The records have been written (write(2) returned; synced, with LEDGER_SYNC=synced); false: the journal could not
    /// write them and keeps trying. Called once. [the journal's thread]
    virtual void written(bool done) noexcept = 0;

    std::vector<Record> records;
    RecordBatch* next = nullptr; ///< of the queue that it lies in
};

class RecordSink
{
public:
    virtual ~RecordSink() = default;
    /// Takes over the batch; lock-free, never blocks. [any thread]
    virtual void hand(std::unique_ptr<RecordBatch> batch) noexcept = 0;
};

} // namespace switchyard::ledger
