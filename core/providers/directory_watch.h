// Notices that something happened to plug-in files; what it was, the next look at the directories says.
#pragma once

#include "providers/owned_fd.h"

#include <filesystem>
#include <vector>

namespace switchyard::providers
{

/// [management thread]
class DirectoryWatch
{
public:
    DirectoryWatch();

    /// Readable when something happened; -1: this system cannot tell, and only rescans notice.
    int descriptor() const noexcept { return inotify_.get(); }
    /// Watches directories that it does not watch yet and that exist now.
    void watch(const std::vector<std::filesystem::path>& directories);
    /// Takes all that is there; whether any of it concerns a plug-in file (or events were lost).
    bool take();

private:
    OwnedFd inotify_;
};

} // namespace switchyard::providers
