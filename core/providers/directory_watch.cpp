#include "providers/directory_watch.h"

#include <sys/inotify.h>

#include <array>
#include <cstring>
#include <string_view>

namespace switchyard::providers
{

namespace
{

// IN_CREATE is for links; IN_MODIFY postpones the look while somebody still writes; IN_ATTRIB mends a refused owner or
// mode.
constexpr uint32_t kEvents = IN_CLOSE_WRITE | IN_MODIFY | IN_MOVED_TO | IN_MOVED_FROM | IN_CREATE | IN_DELETE |
                             IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF;

bool concernsPlugin(const inotify_event& event, const char* name)
{
    if (event.mask & (IN_Q_OVERFLOW | IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED)) return true;
    const std::string_view file(event.len ? name : "");
    return file.size() > 3 && file.substr(file.size() - 3) == ".so";
}

} // namespace

DirectoryWatch::DirectoryWatch() : inotify_(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)) {}

// Adding a directory that is watched already changes nothing: the kernel knows it by its inode.
void DirectoryWatch::watch(const std::vector<std::filesystem::path>& directories)
{
    for (const auto& directory : directories)
        ::inotify_add_watch(inotify_.get(), directory.c_str(), kEvents | IN_ONLYDIR);
}

bool DirectoryWatch::take()
{
    bool concerned = false;
    alignas(inotify_event) std::array<char, 16 * 1024> room;
    for (;;)
    {
        const ssize_t got = ::read(inotify_.get(), room.data(), room.size());
        if (got <= 0) return concerned;
        for (ssize_t at = 0; at < got;)
        {
            inotify_event event;
            std::memcpy(&event, room.data() + at, sizeof(event));
            concerned = concerned || concernsPlugin(event, room.data() + at + sizeof(event));
            at += static_cast<ssize_t>(sizeof(event)) + event.len;
        }
    }
}

} // namespace switchyard::providers
