#include "store/snapshot_keeper.h"

#include "base/clock.h"
#include "store/change_counter.h"
#include "store/database.h"
#include "store/snapshot_loader.h"
#include "telemetry/log.h"

#include <Poco/Exception.h>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace switchyard::store
{

/// One thread, one connection. SQLite's data_version changes on a connection exactly when another connection commits,
/// so asking for it costs a read of shared memory and no query. When it has moved, the change counter tells whether
/// anything has changed that is in a snapshot.
class SnapshotKeeper::Watcher
{
public:
    Watcher(Database& database, const KeySealer& keys, telemetry::Logger& log, std::chrono::milliseconds period)
        : database_(database), sealer_(keys), log_(log), period_(period)
    {
    }

    ~Watcher()
    {
        {
            const std::lock_guard lock(mutex_);
            stopping_ = true;
        }
        wake_.notify_one();
        if (thread_.joinable()) thread_.join();
    }

    void start()
    {
        lookAndPublish(true);
        thread_ = std::thread([this] { watch(); });
    }

    void subscribe(Subscriber subscriber)
    {
        const std::lock_guard publishing(publishing_);
        if (const SnapshotPtr snapshot = current()) subscriber(snapshot);
        subscribers_.push_back(std::move(subscriber));
    }

    SnapshotPtr current() const
    {
        const std::lock_guard lock(mutex_);
        return current_;
    }

    void wake(bool everything)
    {
        {
            const std::lock_guard lock(mutex_);
            hurry_ = true;
            reload_ = reload_ || everything;
        }
        wake_.notify_one();
    }

private:
    void watch()
    {
        std::unique_lock lock(mutex_);
        for (;;)
        {
            wake_.wait_for(lock, period_, [&] { return stopping_ || hurry_; });
            if (stopping_) return;
            hurry_ = false;
            const bool everything = std::exchange(reload_, false);
            lock.unlock();
            lookGuarded(everything);
            lock.lock();
        }
    }

    // A database in trouble keeps the last snapshot in service; the log hears of it once, and of its end.
    void lookGuarded(bool everything)
    {
        try
        {
            lookAndPublish(everything);
            if (std::exchange(inTrouble_, false)) log_.info("the database can be read again");
        }
        catch (const Poco::Exception& e)
        {
            session_.reset(); // what it said of the version is worth nothing now
            if (std::exchange(inTrouble_, true)) return;
            log_.error("the database cannot be read; the gateway goes on with what it knows",
                       {{"reason", e.displayText()}});
        }
    }

    void lookAndPublish(bool everything)
    {
        if (!session_)
        {
            session_ = database_.open();
            everything = true;
        }
        const int64_t version = session_->number("PRAGMA data_version");
        if (version == version_ && !everything) return;
        const int64_t began = steadyMillis();
        const SnapshotPtr snapshot = loadIfChanged(everything);
        version_ = version; // read before the rows: a commit in between is seen in the next round
        if (!snapshot) return;
        publish(snapshot);
        log_.debug("snapshot published", {{"number", snapshot->number()},
                                          {"tokens", snapshot->tokenCount()},
                                          {"channels", snapshot->channels().size()},
                                          {"ms", steadyMillis() - began}});
    }

    // Null when nothing has changed that a snapshot holds.
    SnapshotPtr loadIfChanged(bool everything)
    {
        session_->execute("BEGIN");
        ChangeMark mark = changeMark(*session_);
        if (mark.schema != mark_.schema && !changeCounterIntact(*session_))
        {
            session_->execute("COMMIT");
            mendCounter();
            session_->execute("BEGIN");
            mark = changeMark(*session_);
        }
        SnapshotPtr snapshot;
        if (everything || mark != mark_) snapshot = load();
        session_->execute("COMMIT");
        mark_ = mark;
        return snapshot;
    }

    void mendCounter()
    {
        database_.write(mendChangeCounter);
        log_.info("another program has rebuilt tables; changes are counted again");
    }

    SnapshotPtr load()
    {
        return loadSnapshot(
            *session_, sealer_, ++number_,
            [&](int64_t channel, std::string_view problem) {
                log_.warning("a channel has an unreadable field", {{"channel", channel}, {"problem", problem}});
            });
    }

    void publish(const SnapshotPtr& snapshot)
    {
        const std::lock_guard publishing(publishing_);
        {
            const std::lock_guard lock(mutex_);
            current_ = snapshot;
        }
        for (const Subscriber& subscriber : subscribers_)
            subscriber(snapshot);
    }

    Database& database_;
    const KeySealer& sealer_;
    telemetry::Logger& log_;
    const std::chrono::milliseconds period_;

    std::unique_ptr<DbSession> session_; // these five: the watching thread's alone, and start()'s before it
    int64_t version_ = 0;
    ChangeMark mark_;
    uint64_t number_ = 0;
    bool inTrouble_ = false;

    std::mutex publishing_; ///< taken before mutex_; a subscriber sees snapshots in order and none twice
    std::vector<Subscriber> subscribers_;

    mutable std::mutex mutex_;
    std::condition_variable wake_;
    SnapshotPtr current_;
    bool stopping_ = false;
    bool hurry_ = false;
    bool reload_ = false;
    std::thread thread_;
};

SnapshotKeeper::SnapshotKeeper(Database& database, const KeySealer& keys, telemetry::Logger& log,
                               std::chrono::milliseconds period)
    : watcher_(std::make_unique<Watcher>(database, keys, log, period))
{
}

SnapshotKeeper::~SnapshotKeeper() = default;

void SnapshotKeeper::start() { watcher_->start(); }

void SnapshotKeeper::subscribe(Subscriber subscriber) { watcher_->subscribe(std::move(subscriber)); }

SnapshotPtr SnapshotKeeper::current() const { return watcher_->current(); }

void SnapshotKeeper::changed() { watcher_->wake(false); }

void SnapshotKeeper::reload() { watcher_->wake(true); }

} // namespace switchyard::store
