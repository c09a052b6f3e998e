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
    int number = 0;      ///< errno
    std::string what;    ///< the call and the file
};

/// An open file. Closed when destroyed.
class DiskFile
{
public:
    virtual ~DiskFile() = default;
    /// Writes all of it at `offset`, or fails having written any part of it.
    virtual Result<Done, DiskError> write(uint64_t offset, std::string_view bytes) = 0;
    /// At most `size` bytes; fewer only at the end of the file.
    virtual Result<std::string, DiskError> read(uint64_t offset, size_t size) = 0;
    virtual Result<Done, DiskError> sync() = 0;                   ///< fdatasync
    virtual Result<Done, DiskError> allocate(uint64_t size) = 0;  ///< fallocate: zeros to `size`
    virtual Result<uint64_t, DiskError> size() = 0;
};

/// One directory.
class Disk
{
public:
    virtual ~Disk() = default;
    virtual Result<std::vector<std::string>, DiskError> list() = 0; ///< names, sorted
    virtual Result<std::unique_ptr<DiskFile>, DiskError> create(const std::string& name) = 0; ///< must not exist
    virtual Result<std::unique_ptr<DiskFile>, DiskError> open(const std::string& name, bool writable) = 0;
    virtual Result<Done, DiskError> rename(const std::string& from, const std::string& to) = 0; ///< and syncs the directory
    virtual Result<Done, DiskError> remove(const std::string& name) = 0;
    /// Takes the directory for this process; fails when another one has it. Held until the Disk is destroyed.
    virtual Result<Done, DiskError> lock() = 0;
};

} // namespace switchyard::ledger
