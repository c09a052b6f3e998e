// A directory of the machine's file system as a Disk.
#pragma once

#include "ledger/journal/disk.h"

namespace switchyard::ledger
{

class PosixDisk final : public Disk
{
public:
    /// Makes the directory (0700) with those above it when `make` is set; fails when it is not there.
    static Result<std::unique_ptr<PosixDisk>, DiskError> at(const std::string& directory, bool make);
    ~PosixDisk() override;
    PosixDisk(const PosixDisk&) = delete;
    PosixDisk& operator=(const PosixDisk&) = delete;

    Result<std::vector<std::string>, DiskError> list() override;
    Result<std::unique_ptr<DiskFile>, DiskError> create(const std::string& name) override;
    Result<std::unique_ptr<DiskFile>, DiskError> open(const std::string& name, bool writable) override;
    Result<Done, DiskError> rename(const std::string& from, const std::string& to) override;
    Result<Done, DiskError> remove(const std::string& name) override;
    Result<Done, DiskError> lock() override;

private:
    PosixDisk(std::string directory, int descriptor) : path_(std::move(directory)), directory_(descriptor) {}
    DiskError error(const char* call, const std::string& name) const;

    std::string path_;
    int directory_;
    int lock_ = -1;
};

} // namespace switchyard::ledger
