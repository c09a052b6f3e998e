// A shared object while it is mapped.
#pragma once

#include "base/result.h"
#include "providers/plugin_file.h"

#include <switchyard/provider.h>

#include <cstdint>
#include <memory>
#include <string>

namespace switchyard::providers
{

/// Maps a plug-in and makes sure that what the loader hands back is the object just laid out, not one it remembers.
/// [management thread]
class LoadedObject
{
public:
    /// The error says what the loader said, and the mend.
    static Result<std::unique_ptr<LoadedObject>, std::string> open(ObjectFile file);
    /// Unmaps it if unload was not tried yet; best effort.
    ~LoadedObject();
    LoadedObject(const LoadedObject&) = delete;
    LoadedObject& operator=(const LoadedObject&) = delete;

    const swy_plugin_t& table() const noexcept { return *table_; }
    /// Where its first segment is mapped.
    uint64_t address() const noexcept { return address_; }

    /// Whether it is gone. If it is not (a library may forbid it), the descriptor stays open for good.
    bool unload() noexcept;

private:
    explicit LoadedObject(ObjectFile file) : file_(std::move(file)) {}
    bool isMappedFromFile(const void* address) const;

    ObjectFile file_;
    void* handle_ = nullptr;
    const swy_plugin_t* table_ = nullptr;
    uint64_t address_ = 0;
};

/// The loader's last error without the name of the file, as a reason with its mend.
std::string loaderError(const std::string& name);

} // namespace switchyard::providers
