#include "ledger/journal/disk_posix.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <filesystem>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace switchyard::ledger
{

namespace
{

constexpr const char* kLockName = "lock";

DiskError errorOf(int number, std::string what)
{
    what += ": ";
    what += std::strerror(number);
    return {number, std::move(what)};
}

class PosixFile final : public DiskFile
{
public:
    PosixFile(std::string path, int descriptor) : path_(std::move(path)), file_(descriptor) {}
    ~PosixFile() override { ::close(file_); }

    Result<Done, DiskError> write(uint64_t offset, std::string_view bytes) override
    {
        while (!bytes.empty())
        {
            const ssize_t written = ::pwrite(file_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
            if (written < 0 && errno == EINTR) continue;
            if (written < 0) return error("write");
            if (written == 0) return failure(errorOf(EIO, "write " + path_));
            bytes.remove_prefix(static_cast<size_t>(written));
            offset += static_cast<uint64_t>(written);
        }
        return Done{};
    }

    Result<std::string, DiskError> read(uint64_t offset, size_t size) override
    {
        std::string bytes(size, '\0');
        size_t got = 0;
        while (got < size)
        {
            const ssize_t part = ::pread(file_, bytes.data() + got, size - got, static_cast<off_t>(offset + got));
            if (part < 0 && errno == EINTR) continue;
            if (part < 0) return error("read");
            if (part == 0) break;
            got += static_cast<size_t>(part);
        }
        bytes.resize(got);
        return bytes;
    }

    Result<Done, DiskError> sync() override
    {
        // Never called again after a failure: the kernel forgets which pages it could not write.
        if (::fdatasync(file_) != 0) return error("fdatasync");
        return Done{};
    }

    Result<Done, DiskError> allocate(uint64_t wanted) override
    {
        auto now = size();
        if (!now) return failure(now.error());
        if (*now >= wanted) return Done{};
        // The blocks at once and together; file systems that cannot do that get them by the writes.
        if (::fallocate(file_, FALLOC_FL_KEEP_SIZE, static_cast<off_t>(*now), static_cast<off_t>(wanted - *now)) != 0 &&
            errno != EOPNOTSUPP && errno != ENOSYS)
            return error("fallocate");
        static const std::string zeros(1024 * 1024, '\0');
        for (uint64_t at = *now; at < wanted; at += zeros.size())
            if (auto wrote = write(at, std::string_view(zeros).substr(0, wanted - at)); !wrote) return wrote;
        return sync();
    }

    Result<uint64_t, DiskError> size() override
    {
        struct stat status{};
        if (::fstat(file_, &status) != 0) return error("fstat");
        return static_cast<uint64_t>(status.st_size);
    }

private:
    Failure<DiskError> error(const char* call) const { return failure(errorOf(errno, std::string(call) + ' ' + path_)); }

    std::string path_;
    int file_;
};

} // namespace

Result<std::unique_ptr<PosixDisk>, DiskError> PosixDisk::at(const std::string& directory, bool make)
{
    if (make)
    {
        std::error_code trouble;
        const std::filesystem::path path(directory);
        if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path(), trouble);
        if (trouble) return failure(errorOf(trouble.value(), "mkdir " + path.parent_path().string()));
        if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) return failure(errorOf(errno, "mkdir " + directory));
    }
    const int descriptor = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) return failure(errorOf(errno, "open " + directory));
    return std::unique_ptr<PosixDisk>(new PosixDisk(directory, descriptor));
}

PosixDisk::~PosixDisk()
{
    if (lock_ >= 0) ::close(lock_);
    ::close(directory_);
}

DiskError PosixDisk::error(const char* call, const std::string& name) const
{
    return errorOf(errno, std::string(call) + ' ' + path_ + '/' + name);
}

Result<std::vector<std::string>, DiskError> PosixDisk::list()
{
    const int descriptor = ::openat(directory_, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR* entries = descriptor < 0 ? nullptr : ::fdopendir(descriptor);
    if (entries == nullptr)
    {
        DiskError failed = error("list", "");
        if (descriptor >= 0) ::close(descriptor);
        return failure(std::move(failed));
    }
    std::vector<std::string> names;
    errno = 0;
    while (const dirent* entry = ::readdir(entries))
        if (const std::string_view name = entry->d_name; name != "." && name != "..") names.emplace_back(name);
    const int number = errno;
    ::closedir(entries);
    if (number != 0) return failure(errorOf(number, "list " + path_));
    std::sort(names.begin(), names.end());
    return names;
}

Result<std::unique_ptr<DiskFile>, DiskError> PosixDisk::create(const std::string& name)
{
    const int file = ::openat(directory_, name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0) return failure(error("create", name));
    return std::unique_ptr<DiskFile>(std::make_unique<PosixFile>(path_ + '/' + name, file));
}

Result<std::unique_ptr<DiskFile>, DiskError> PosixDisk::open(const std::string& name, bool writable)
{
    const int file = ::openat(directory_, name.c_str(), (writable ? O_RDWR : O_RDONLY) | O_CLOEXEC);
    if (file < 0) return failure(error("open", name));
    return std::unique_ptr<DiskFile>(std::make_unique<PosixFile>(path_ + '/' + name, file));
}

Result<Done, DiskError> PosixDisk::rename(const std::string& from, const std::string& to)
{
    if (::renameat(directory_, from.c_str(), directory_, to.c_str()) != 0) return failure(error("rename", from));
    if (::fsync(directory_) != 0) return failure(error("fsync", ""));
    return Done{};
}

Result<Done, DiskError> PosixDisk::remove(const std::string& name)
{
    if (::unlinkat(directory_, name.c_str(), 0) != 0) return failure(error("remove", name));
    return Done{};
}

Result<Done, DiskError> PosixDisk::lock()
{
    if (lock_ >= 0) return Done{};
    const int file = ::openat(directory_, kLockName, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0) return failure(error("open", kLockName));
    if (::flock(file, LOCK_EX | LOCK_NB) != 0)
    {
        const int number = errno;
        ::close(file);
        if (number == EWOULDBLOCK) return failure(DiskError{number, path_ + " is in use by another process"});
        return failure(errorOf(number, "flock " + path_ + '/' + kLockName));
    }
    lock_ = file;
    return Done{};
}

} // namespace switchyard::ledger
