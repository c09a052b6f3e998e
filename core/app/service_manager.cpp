#include "app/service_manager.h"

#include "base/clock.h"

#include <cstddef>
#include <cstring>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace switchyard::app
{

void ServiceManager::reloading() const { send("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(steadyNanos() / 1000)); }

void ServiceManager::send(const std::string& message) const
{
    sockaddr_un address{};
    if (socket_.empty() || socket_.size() >= sizeof(address.sun_path)) return;
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, socket_.data(), socket_.size());
    if (socket_.front() == '@') address.sun_path[0] = '\0';
    const int file = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (file < 0) return;
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_.size());
    // A manager that does not listen is no reason to end: it will notice by its own timeout.
    (void)sendto(file, message.data(), message.size(), MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&address),
                 length);
    close(file);
}

} // namespace switchyard::app
