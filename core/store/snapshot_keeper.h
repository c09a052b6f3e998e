// Watches the database and publishes a new snapshot whenever something changed that requests depend on.
#pragma once

#include "store/snapshot.h"

#include <chrono>
#include <functional>
#include <memory>

namespace switchyard::telemetry
{
class Logger;
}

namespace switchyard::store
{

class Database;
class KeySealer;

/// Balances and counters of use are no such thing: the ledger's accounts follow them. Owns one thread and one connection. A change by any other connection, of this process or another (a second gateway,
/// the command line), is noticed within the period; changed() makes it notice at once. When the database is in trouble
/// the last snapshot stays and the log says so, once.
class SnapshotKeeper
{
public:
    using Subscriber = std::function<void(SnapshotPtr)>;

    /// `keys` opens the channels' keys and outlives the keeper.
    SnapshotKeeper(Database& database, const KeySealer& keys, telemetry::Logger& log,
                   std::chrono::milliseconds period = std::chrono::milliseconds(200));
    ~SnapshotKeeper(); ///< stops the thread; no subscriber is called afterwards
    SnapshotKeeper(const SnapshotKeeper&) = delete;
    SnapshotKeeper& operator=(const SnapshotKeeper&) = delete;

    /// Loads and publishes the first snapshot on the calling thread, then starts to watch. Throws Poco::Exception when
    /// the database cannot be read: at start that is a reason not to start.
    void start();
    /// `subscriber` is called on the keeper's thread with each new snapshot; it must be quick (post it to a loop). If
    /// there is a snapshot already it is called with it at once, on this thread. [any thread]
    void subscribe(Subscriber subscriber);
    /// The newest snapshot; null before the first. [any thread]
    SnapshotPtr current() const;
    /// Looks now instead of at the end of the period: after a write of our own. [any thread]
    void changed();
    /// Reads everything anew even if nothing seems to have changed (SIGHUP). [any thread]
    void reload();

private:
    class Watcher;
    std::unique_ptr<Watcher> watcher_;
};

} // namespace switchyard::store
