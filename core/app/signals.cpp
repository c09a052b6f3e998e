#include "app/signals.h"

#include <Poco/Exception.h>
#include <cerrno>
#include <csignal>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

namespace switchyard::app
{

namespace
{

sigset_t ours()
{
    sigset_t set;
    sigemptyset(&set);
    for (int number : {SIGTERM, SIGINT, SIGHUP})
        sigaddset(&set, number);
    return set;
}

} // namespace

Signals::Signals()
{
    std::signal(SIGPIPE, SIG_IGN); // a peer that is gone is an error of its write, not the end of the process
    const sigset_t set = ours();
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
    signals_ = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    ended_ = eventfd(0, EFD_CLOEXEC);
    if (signals_ < 0 || ended_ < 0) throw Poco::SystemException("no descriptor for signals", errno);
}

Signals::~Signals()
{
    eventfd_write(ended_, 1);
    if (thread_.joinable()) thread_.join();
    close(signals_);
    close(ended_);
}

void Signals::start(Handlers handlers)
{
    thread_ = std::thread([this, kept = std::move(handlers)] { run(kept); });
}

void Signals::run(const Handlers& handlers) const
{
    int stops = 0;
    for (;;)
    {
        pollfd waiting[] = {{signals_, POLLIN, 0}, {ended_, POLLIN, 0}};
        if (poll(waiting, 2, -1) < 0 && errno != EINTR) return;
        if (waiting[1].revents) return;
        signalfd_siginfo info{};
        if (read(signals_, &info, sizeof(info)) != sizeof(info)) continue;
        if (info.ssi_signo == SIGHUP)
            handlers.reload();
        else
            handlers.stop(++stops);
    }
}

} // namespace switchyard::app
