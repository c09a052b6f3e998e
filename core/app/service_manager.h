// What systemd wants to hear of a service with Type=notify (sd_notify(3)).
#pragma once

#include <string>
#include <string_view>

namespace switchyard::app
{

/// Sends datagrams to $NOTIFY_SOCKET. Without one, nothing happens. [any thread]
class ServiceManager
{
public:
    /// `socket`: the variable's value; `@` at its beginning stands for the abstract namespace. Empty: nobody listens.
    explicit ServiceManager(std::string socket) : socket_(std::move(socket)) {}

    void ready() const { send("READY=1"); }
    /// Must be followed by ready() when it is done.
    void reloading() const;
    void stopping() const { send("STOPPING=1"); }
    /// One line for `systemctl status`.
    void status(std::string_view line) const { send("STATUS=" + std::string(line)); }

private:
    void send(const std::string& message) const;

    std::string socket_;
};

} // namespace switchyard::app
