// Files that are ready to become segments.
#pragma once

#include "ledger/journal/disk.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

namespace switchyard::ledger
{

/// A file of zeros, allocated and synced under a name that no reader looks at.
struct Spare
{
    std::string name;
    std::unique_ptr<DiskFile> file;
    uint64_t size = 0;
};

/// Makes spares; blocks for as long as the disk needs (64 MiB: a tenth of a second on a fast one). [any thread]
class SpareMaker
{
public:
    explicit SpareMaker(Disk& disk) noexcept : disk_(disk) {}

    /// What cannot be finished is removed again. Ends early, with ECANCELED, when `cancelled` becomes true.
    Result<Spare, DiskError> make(uint64_t size, const std::atomic<bool>& cancelled);
    /// At start: what the process before had made ready. It cannot be trusted to be zeros.
    Result<Done, DiskError> removeLeftOver();

private:
    Result<Done, DiskError> fill(DiskFile& file, uint64_t size, const std::atomic<bool>& cancelled);

    Disk& disk_;
    std::atomic<uint64_t> made_{0};
};

} // namespace switchyard::ledger
