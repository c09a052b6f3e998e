#include "sim_disk.h"

#include <algorithm>
#include <cerrno>

namespace switchyard::journal_test
{

using ledger::DiskError;
using ledger::DiskFile;

namespace
{

constexpr size_t kSector = 512;

Failure<DiskError> failed(Fault fault, const char* call)
{
    return failure(DiskError{fault == Fault::error ? EIO : ENOSPC, call});
}

bool fails(Fault fault) { return fault == Fault::error || fault == Fault::full || fault == Fault::shortWrite; }

} // namespace

class SimOpenFile final : public DiskFile
{
public:
    SimOpenFile(SimDisk& disk, std::shared_ptr<SimFile> file) : disk_(disk), file_(std::move(file)) {}
    Result<Done, DiskError> write(uint64_t offset, std::string_view bytes) override { return disk_.write(*file_, offset, bytes); }
    Result<std::string, DiskError> read(uint64_t offset, size_t size) override { return disk_.read(*file_, offset, size); }
    Result<Done, DiskError> sync() override { return disk_.sync(*file_); }
    Result<Done, DiskError> allocate(uint64_t size) override { return disk_.allocate(*file_, size); }
    Result<uint64_t, DiskError> size() override
    {
        const std::lock_guard lock(disk_.mutex_);
        return static_cast<uint64_t>(file_->now.size());
    }

private:
    SimDisk& disk_;
    std::shared_ptr<SimFile> file_;
};

SimDisk::SimDisk(Files files, uint64_t seed) : names_(copied(files)), random_(seed)
{
    for (auto& [name, file] : names_)
        file->made = file->syncFailed = false;
    durableNames_ = names_;
}

SimDisk::Files SimDisk::copied(const Files& files)
{
    Files copies;
    for (const auto& [name, file] : files)
        copies[name] = std::make_shared<SimFile>(*file);
    return copies;
}

void SimDisk::failAt(uint64_t call, Fault fault)
{
    const std::lock_guard lock(mutex_);
    failAt_ = calls_ + call;
    fault_ = fault;
}

void SimDisk::failAll(Fault fault)
{
    const std::lock_guard lock(mutex_);
    always_ = fault;
}

uint64_t SimDisk::calls() const
{
    const std::lock_guard lock(mutex_);
    return calls_;
}

Fault SimDisk::next(bool takesSpace, bool writes)
{
    ++calls_;
    // A disk that is full takes what goes into space that a file already has.
    const bool concerned = takesSpace || (writes && always_ == Fault::error);
    const Fault fault = calls_ == failAt_ ? fault_ : concerned ? always_ : Fault::none;
    if (fault == Fault::dieBefore) throw Died();
    return fault;
}

void SimDisk::apply(std::string& content, const SimFile::Write& write)
{
    if (content.size() < write.offset + write.bytes.size()) content.resize(write.offset + write.bytes.size());
    content.replace(write.offset, write.bytes.size(), write.bytes);
}

void SimDisk::applySome(std::string& content, const std::vector<SimFile::Write>& writes, std::mt19937_64& random) const
{
    for (const SimFile::Write& write : writes)
        for (size_t at = 0; at < write.bytes.size();)
        {
            const size_t length = std::min(kSector - (write.offset + at) % kSector, write.bytes.size() - at);
            if (random() % 2 == 0) apply(content, {write.offset + at, write.bytes.substr(at, length)});
            at += length;
        }
}

Result<Done, DiskError> SimDisk::write(SimFile& file, uint64_t offset, std::string_view bytes)
{
    const std::lock_guard lock(mutex_);
    if (!file.made) misuse_ = "a file of an earlier process was written";
    if (file.syncFailed) misuse_ = "a file was written after its sync had failed";
    const Fault fault = next(offset + bytes.size() > file.now.size(), true);
    SimFile::Write write{offset, std::string(bytes)};
    if (fault == Fault::error || fault == Fault::full) return failed(fault, "write");
    if (fault == Fault::shortWrite || fault == Fault::dieHalfway) write.bytes.resize(bytes.size() / 2);
    apply(file.now, write);
    file.unsynced.push_back(std::move(write));
    if (fault == Fault::dieHalfway || fault == Fault::dieAfter) throw Died();
    if (fault == Fault::shortWrite) return failed(fault, "write");
    return Done{};
}

Result<std::string, DiskError> SimDisk::read(SimFile& file, uint64_t offset, size_t size)
{
    const std::lock_guard lock(mutex_);
    const Fault fault = next(false);
    if (fails(fault)) return failed(Fault::error, "read");
    std::string bytes = offset < file.now.size() ? file.now.substr(offset, size) : std::string();
    if (fault != Fault::none) throw Died();
    return bytes;
}

Result<Done, DiskError> SimDisk::sync(SimFile& file)
{
    const std::lock_guard lock(mutex_);
    const Fault fault = next(false);
    if (fails(fault) || fault == Fault::dieHalfway)
    {
        // The kernel tells of pages that it could not write once, and then takes them for written.
        applySome(file.durable, file.unsynced, random_);
        if (fault == Fault::dieHalfway) throw Died(); // what is not written yet still can be
        file.unsynced.clear();
        file.syncFailed = true;
        return failed(Fault::error, "fdatasync");
    }
    for (const SimFile::Write& write : file.unsynced)
        apply(file.durable, write);
    file.unsynced.clear();
    if (fault == Fault::dieAfter) throw Died();
    return Done{};
}

Result<Done, DiskError> SimDisk::allocate(SimFile& file, uint64_t size)
{
    const std::lock_guard lock(mutex_);
    const Fault fault = next(true);
    if (fault == Fault::error || fault == Fault::full) return failed(fault, "fallocate");
    const bool half = fault == Fault::shortWrite || fault == Fault::dieHalfway;
    file.now.resize(std::max<uint64_t>(file.now.size(), half ? size / 2 : size));
    if (half && fault == Fault::dieHalfway) throw Died();
    if (half) return failed(fault, "fallocate");
    file.durable.resize(file.now.size());
    if (fault == Fault::dieAfter) throw Died();
    return Done{};
}

Result<std::vector<std::string>, DiskError> SimDisk::list()
{
    const std::lock_guard lock(mutex_);
    const Fault fault = next(false);
    if (fails(fault)) return failed(Fault::error, "list");
    std::vector<std::string> names;
    for (const auto& [name, file] : names_)
        names.push_back(name);
    if (fault != Fault::none) throw Died();
    return names;
}

Result<std::unique_ptr<DiskFile>, DiskError> SimDisk::create(const std::string& name)
{
    const std::lock_guard lock(mutex_);
    const Fault fault = next(true);
    if (fails(fault)) return failed(fault, "create");
    if (names_.contains(name)) return failure(DiskError{EEXIST, "create"});
    auto file = std::make_shared<SimFile>();
    file->made = true;
    names_[name] = file;
    if (fault != Fault::none) throw Died();
    return std::unique_ptr<DiskFile>(std::make_unique<SimOpenFile>(*this, std::move(file)));
}

Result<std::unique_ptr<DiskFile>, DiskError> SimDisk::open(const std::string& name, bool)
{
    const std::lock_guard lock(mutex_);
    const Fault fault = next(false);
    if (fails(fault)) return failed(Fault::error, "open");
    if (fault != Fault::none) throw Died();
    const auto at = names_.find(name);
    if (at == names_.end()) return failure(DiskError{ENOENT, "open"});
    return std::unique_ptr<DiskFile>(std::make_unique<SimOpenFile>(*this, at->second));
}

Result<Done, DiskError> SimDisk::rename(const std::string& from, const std::string& to)
{
    const std::lock_guard lock(mutex_);
    const Fault fault = next(false);
    // A rename whose directory cannot be synced has happened all the same, as far as anybody can see before the power goes.
    if (fault == Fault::full) return failed(fault, "rename");
    const auto at = names_.find(from);
    if (at == names_.end()) return failure(DiskError{ENOENT, "rename"});
    names_[to] = at->second;
    names_.erase(from);
    if (fault == Fault::dieHalfway) throw Died();
    if (fails(fault)) return failed(Fault::error, "fsync");
    durableNames_ = names_;
    if (fault == Fault::dieAfter) throw Died();
    return Done{};
}

Result<Done, DiskError> SimDisk::remove(const std::string& name)
{
    const std::lock_guard lock(mutex_);
    const Fault fault = next(false);
    if (fails(fault)) return failed(Fault::error, "remove");
    if (names_.erase(name) == 0) return failure(DiskError{ENOENT, "remove"});
    if (fault != Fault::none) throw Died();
    return Done{};
}

SimDisk::Files SimDisk::afterKill() const
{
    const std::lock_guard lock(mutex_);
    return copied(names_);
}

SimDisk::Files SimDisk::afterPowerLoss(uint64_t seed) const
{
    const std::lock_guard lock(mutex_);
    std::mt19937_64 random(seed);
    // The names as synced, or as the process saw them: a directory is one page.
    Files files = copied(random() % 2 == 0 ? durableNames_ : names_);
    for (auto& [name, file] : files)
    {
        applySome(file->durable, file->unsynced, random);
        file->now = file->durable;
        file->unsynced.clear();
    }
    return files;
}

std::string& SimDisk::bytes(const std::string& name)
{
    const std::lock_guard lock(mutex_);
    return names_.at(name)->now;
}

} // namespace switchyard::journal_test
