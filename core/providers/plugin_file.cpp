#include "providers/plugin_file.h"

#include "base/secret.h"
#include "base/text.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>

namespace switchyard::providers
{

namespace
{

constexpr off_t kMaxFile = off_t{256} << 20;

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U // since Linux 6.3; older kernels answer EINVAL
#endif

std::string errorText(int error) { return std::strerror(error); }

std::string ownershipProblem(const struct stat& status)
{
    if (status.st_uid != 0 && status.st_uid != ::geteuid())
        return "it belongs to user " + std::to_string(status.st_uid) +
               ", neither root nor the gateway's user; chown it";
    if (status.st_mode & S_IWOTH) return "everybody may write to it; chmod o-w";
    // A group of one's own is how many systems set up users; any other is "others".
    if ((status.st_mode & S_IWGRP) && status.st_gid != 0 && status.st_gid != ::getegid())
        return "group " + std::to_string(status.st_gid) + " may write to it; chmod g-w";
    return {};
}

bool writeAll(int fd, std::string_view bytes)
{
    while (!bytes.empty())
    {
        const ssize_t written = ::write(fd, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return false;
        bytes.remove_prefix(static_cast<size_t>(written));
    }
    return true;
}

/// Whether the kernel maps this file as code: noexec mounts, vm.memfd_noexec and security modules say no here.
bool mayExecute(int fd)
{
    void* page = ::mmap(nullptr, 1, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
    if (page == MAP_FAILED) return false;
    ::munmap(page, 1);
    return true;
}

int newMemoryFile()
{
    const int fd = ::memfd_create("switchyard-plugin", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);
    return fd >= 0 || errno != EINVAL ? fd : ::memfd_create("switchyard-plugin", MFD_CLOEXEC | MFD_ALLOW_SEALING);
}

bool memoryMayExecute()
{
    const OwnedFd fd(newMemoryFile());
    return fd && writeAll(fd.get(), "x") && mayExecute(fd.get());
}

} // namespace

Result<PluginBytes, std::string> readPluginFile(const std::filesystem::path& file)
{
    const OwnedFd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)); // no waiting for the other end of a pipe
    if (!fd) return failure("it cannot be opened: " + errorText(errno));
    struct stat status = {};
    if (::fstat(fd.get(), &status) != 0) return failure("it cannot be examined: " + errorText(errno));
    if (!S_ISREG(status.st_mode)) return failure(std::string("it is no regular file; remove it"));
    if (std::string problem = ownershipProblem(status); !problem.empty()) return failure(std::move(problem));
    if (status.st_size > kMaxFile) return failure(std::string("it is larger than 256 MiB; strip it"));

    PluginBytes plugin;
    plugin.bytes.resize(static_cast<size_t>(status.st_size));
    size_t have = 0;
    while (have < plugin.bytes.size())
    {
        const ssize_t got = ::read(fd.get(), plugin.bytes.data() + have, plugin.bytes.size() - have);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return failure("it cannot be read: " + errorText(errno));
        if (got == 0) break; // shrunk meanwhile: then this content is what it is
        have += static_cast<size_t>(got);
    }
    plugin.bytes.resize(have);
    const Sha256 digest = sha256(plugin.bytes);
    plugin.sha256 = hexLower({reinterpret_cast<const char*>(digest.data()), digest.size()});
    return plugin;
}

ObjectStore::ObjectStore(std::filesystem::path directory, bool memoryFiles)
    : directory_(std::move(directory)), memory_(memoryFiles && memoryMayExecute())
{
}

Result<ObjectFile, std::string> ObjectStore::lay(const PluginBytes& plugin)
{
    return memory_ ? layInMemory(plugin) : layInDirectory(plugin);
}

Result<ObjectFile, std::string> ObjectStore::layInMemory(const PluginBytes& plugin) const
{
    ObjectFile object;
    object.fd = OwnedFd(newMemoryFile());
    constexpr int kSeals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
    if (!object.fd || !writeAll(object.fd.get(), plugin.bytes) || ::fcntl(object.fd.get(), F_ADD_SEALS, kSeals) != 0)
        return failure("no memory file could be made for it: " + errorText(errno));
    object.loadAs = "/proc/" + std::to_string(::getpid()) + "/fd/" + std::to_string(object.fd.get());
    return object;
}

Result<ObjectFile, std::string> ObjectStore::layInDirectory(const PluginBytes& plugin)
{
    std::error_code failed;
    std::filesystem::create_directories(directory_, failed);
    if (::chmod(directory_.c_str(), 0700) != 0)
        return failure("memory files may not be executed here and " + directory_.string() +
                       " cannot be used: " + errorText(errno));
    // The loader knows objects by name: a content that is still mapped must not be found under its old one.
    ObjectFile object;
    object.inDirectory = true;
    do
        object.loadAs = directory_ / (plugin.sha256 + (laid_ ? "." + std::to_string(laid_) : "") + ".so");
    while (++laid_ && std::filesystem::exists(object.loadAs, failed));
    {
        const OwnedFd writer(::open(object.loadAs.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0500));
        if (!writer || !writeAll(writer.get(), plugin.bytes))
            return failure("it cannot be copied to " + directory_.string() + ": " + errorText(errno));
    }
    object.fd = OwnedFd(::open(object.loadAs.c_str(), O_RDONLY | O_CLOEXEC));
    if (object.fd && mayExecute(object.fd.get())) return object;
    ::unlink(object.loadAs.c_str());
    return failure("neither memory files (see vm.memfd_noexec) nor files in " + directory_.string() +
                   " may be executed; mount that directory without noexec or choose another with --state-dir");
}

} // namespace switchyard::providers
