// SIGTERM, SIGINT and SIGHUP as calls on a thread of their own, where anything may be done.
#pragma once

#include <functional>
#include <thread>

namespace switchyard::app
{

/// Construct it first thing, before any other thread starts: threads inherit the blocked signals. Ignores SIGPIPE.
class Signals
{
public:
    struct Handlers
    {
        /// SIGTERM or SIGINT: stop accepting and let running answers end. `times` counts from 1: at the second, end at
        /// once.
        std::function<void(int times)> stop;
        /// SIGHUP: read configuration files, plug-ins and database anew, reopen logs.
        std::function<void()> reload;
    };

    Signals();
    ~Signals(); ///< no handler runs afterwards
    Signals(const Signals&) = delete;
    Signals& operator=(const Signals&) = delete;

    /// From here on signals are handled; those that came before are handled now. Once.
    void start(Handlers handlers);

private:
    void run(const Handlers& handlers) const;

    int signals_ = -1; ///< signalfd
    int ended_ = -1;   ///< eventfd: the destructor has come
    std::thread thread_;
};

} // namespace switchyard::app
