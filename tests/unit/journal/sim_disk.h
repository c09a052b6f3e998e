// A directory in memory that fails, dies and loses power where a test says so.
#pragma once

#include "ledger/journal/disk.h"

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <vector>

namespace switchyard::journal_test
{

/// How the call that was chosen goes wrong.
enum class Fault
{
    none,
    error,      ///< EIO, nothing done
    full,       ///< ENOSPC, nothing done
    shortWrite, ///< ENOSPC after half of it
    dieBefore,
    dieHalfway,
    dieAfter
};

/// Thrown where the process dies.
struct Died
{
};

/// What a file is: in the kernel's memory, on the platter, and the writes that are between.
struct SimFile
{
    struct Write
    {
        uint64_t offset;
        std::string bytes;
    };
    std::string now;
    std::string durable;
    std::vector<Write> unsynced;
    bool made = false;       ///< by this process: only such files may be written
    bool syncFailed = false; ///< must not be written any more
};

/// Thread-safe; with faults that die for one thread only.
class SimDisk final : public ledger::Disk
{
public:
    using Files = std::map<std::string, std::shared_ptr<SimFile>>;

    explicit SimDisk(Files files = {}, uint64_t seed = 1);

    /// The call number `call` from now on (1: the next) goes wrong.
    void failAt(uint64_t call, Fault fault);
    /// Every allocation and creation fails so until it is set back to none; with `error` every write, too.
    void failAll(Fault fault);
    uint64_t calls() const;
    /// What a file is not to be used for was done to it: written although an earlier process made it, or its sync had failed.
    const std::string& misuse() const noexcept { return misuse_; }

    /// What the next process finds after this one was killed.
    Files afterKill() const;
    /// What it finds when the power went: of what was not synced any part, in units of 512 bytes; of names not synced, any.
    Files afterPowerLoss(uint64_t seed) const;
    /// For tests that damage: the bytes of a file.
    std::string& bytes(const std::string& name);
    static Files copied(const Files& files);

    Result<std::vector<std::string>, ledger::DiskError> list() override;
    Result<std::unique_ptr<ledger::DiskFile>, ledger::DiskError> create(const std::string& name) override;
    Result<std::unique_ptr<ledger::DiskFile>, ledger::DiskError> open(const std::string& name, bool writable) override;
    Result<Done, ledger::DiskError> rename(const std::string& from, const std::string& to) override;
    Result<Done, ledger::DiskError> remove(const std::string& name) override;
    Result<Done, ledger::DiskError> lock() override { return Done{}; }

private:
    friend class SimOpenFile;
    /// Counts a call and says how it is to go.
    Fault next(bool takesSpace, bool writes = false);
    Result<Done, ledger::DiskError> write(SimFile& file, uint64_t offset, std::string_view bytes);
    Result<std::string, ledger::DiskError> read(SimFile& file, uint64_t offset, size_t size);
    Result<Done, ledger::DiskError> sync(SimFile& file);
    Result<Done, ledger::DiskError> allocate(SimFile& file, uint64_t size);
    static void apply(std::string& content, const SimFile::Write& write);
    void applySome(std::string& content, const std::vector<SimFile::Write>& writes, std::mt19937_64& random) const;

    mutable std::recursive_mutex mutex_;
    Files names_;        ///< as the process sees them
    Files durableNames_; ///< as the platter has them
    uint64_t calls_ = 0;
    uint64_t failAt_ = 0;
    Fault fault_ = Fault::none;
    Fault always_ = Fault::none;
    std::mt19937_64 random_;
    std::string misuse_;
};

} // namespace switchyard::journal_test
