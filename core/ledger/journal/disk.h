// The seam between the journal and the file system: the product's is POSIX, a test's fails, tears and dies on command.
#pragma once

#include "base/result.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace switchyard::ledger
{

struct DiskError
{
    int number = 0;      ///< errno; 0: no call failed, `what` says all
    std::string what;    ///< the call and the file
};

/// An open file. Closed when destroyed. [different threads may write, sync and read it at the same time]
class DiskFile
{
public:
    virtual ~DiskFile() = default;
    /// Writes all of it at `offset`, or fails having written any part of it.
    virtual Result<Done, DiskError> write(uint64_t offset, std::string_view bytes) = 0;
    /// At most `size` bytes; fewer only at the end of the file.
    virtual Result<std::string, DiskError> read(uint64_t offset, size_t size) = 0;
    virtual Result<Done, DiskError> sync() = 0; ///< fdatasync
    /// Extends the file with zeros that are really on the disk: what is written over them later needs no new block, so that it
    /// neither fails for want of space nor makes fdatasync wait for the file system's own log.
    virtual Result<Done, DiskError> allocate(uint64_t size) = 0;
    virtual Result<uint64_t, DiskError> size() = 0;
};

/// One directory. [any thread]
class Disk
{
public:
    virtual ~Disk() = default;
    virtual Result<std::vector<std::string>, DiskError> list() = 0; ///< names, sorted
    virtual Result<std::unique_ptr<DiskFile>, DiskError> create(const std::string& name) = 0; ///< must not exist
    virtual Result<std::unique_ptr<DiskFile>, DiskError> open(const std::string& name, bool writable) = 0;
    /// Replaces `to` if it exists; syncs the directory. When it fails the file may have either name.
    virtual Result<Done, DiskError> rename(const std::string& from, const std::string& to) = 0;
    virtual Result<Done, DiskError> remove(const std::string& name) = 0;
    /// Takes the directory for this process; fails when another one has it. Held until the Disk is destroyed.
    virtual Result<Done, DiskError> lock() = 0;
};

} // namespace switchyard::ledger
