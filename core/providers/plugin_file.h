// A plug-in's bytes: read from where the administrator put them, identified, and laid where they can be executed.
#pragma once

#include "base/result.h"
#include "providers/owned_fd.h"

#include <filesystem>
#include <memory>
#include <string>

namespace switchyard::providers
{

/// What a file held when it was read. Its identity is the hash of that, not a name or a time.
struct PluginBytes
{
    std::string bytes;
    std::string sha256; ///< in hex
};

/// Reads a plug-in file, unless its owner is neither root nor this process's user, or others may write to it. The error
/// says what is wrong and the mend.
Result<PluginBytes, std::string> readPluginFile(const std::filesystem::path& file);

/// Bytes in a place of their own that nobody changes any more, open as long as they are mapped: the loader knows
/// objects by name, and a name with a reused descriptor number would hand back an old object.
struct ObjectFile
{
    OwnedFd fd;
    std::filesystem::path loadAs; ///< what dlopen is given
    bool inDirectory = false;     ///< `loadAs` is a file that goes when it is unloaded
};

/// Where objects are laid: in sealed memory files, or in a directory where memory may not be executed.
class ObjectStore
{
public:
    /// `directory`: made with mode 0700 when it is needed. `memoryFiles` false: do not even try.
    ObjectStore(std::filesystem::path directory, bool memoryFiles);

    /// The error names the setting that is in the way.
    Result<ObjectFile, std::string> lay(const PluginBytes& plugin);
    bool usesMemory() const noexcept { return memory_; }

private:
    Result<ObjectFile, std::string> layInMemory(const PluginBytes& plugin) const;
    Result<ObjectFile, std::string> layInDirectory(const PluginBytes& plugin);

    std::filesystem::path directory_;
    bool memory_;
    unsigned long laid_ = 0;
};

} // namespace switchyard::providers
