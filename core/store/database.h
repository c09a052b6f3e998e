// The database of this process: its connections, and the two ways to work with it.
#pragma once

#include "store/database_error.h"
#include "store/db_session.h"

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <type_traits>
#include <vector>

namespace switchyard::telemetry
{
class Logger;
}

namespace switchyard::store
{

struct DatabaseSettings
{
    Backend backend = Backend::sqlite;
    std::string path;                            ///< of the SQLite file
    std::chrono::milliseconds busyTimeout{3000}; ///< how long to wait for another process's lock
    size_t maxSessions = 8;
};

/// What a commit survives.
enum class Durability
{
    process, ///< the end of this process; a power cut may take the last commits, never the file's soundness
    power    ///< a power cut, too
};

/// A pool of sessions. Work runs in a transaction: committed when it returns, rolled back when it throws, and the
/// session that it threw in is closed and never used again. [any thread; management plane only: calls block]
class Database
{
public:
    /// Opens (and creates, mode 0600) the file. Throws Poco::Exception that names the file and what to do.
    Database(const DatabaseSettings& settings, telemetry::Logger& log);
    ~Database();
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    const DatabaseSettings& settings() const noexcept { return settings_; }

    /// work(DbSession&) sees one consistent state and changes nothing.
    template <class Work>
    auto read(Work&& work)
    {
        return inTransaction("BEGIN", std::forward<Work>(work));
    }

    /// work(DbSession&) may change things. One writer at a time; it takes the write lock at once, so that what it reads
    /// is still true when it writes.
    template <class Work>
    auto write(Work&& work)
    {
        const std::lock_guard lock(writer_);
        return inTransaction(settings_.backend == Backend::sqlite ? "BEGIN IMMEDIATE" : "BEGIN",
                             std::forward<Work>(work));
    }

    /// A session outside the pool, for an owner that keeps it (the watcher, the ledger's writer).
    std::unique_ptr<DbSession> open(Durability durability = Durability::process);
    /// Held while a session outside the pool writes. Other writers of this process queue here and not at the file's lock,
    /// where they would sleep between two tries.
    std::unique_lock<std::mutex> lockWriter() { return std::unique_lock(writer_); }
    std::unique_ptr<DbSession> openInWalMode();

private:
    /// A session on loan; it goes back to the pool only after keep().
    class Lease
    {
    public:
        explicit Lease(Database& database) : database_(database), session_(database.borrow()) {}
        ~Lease() { database_.giveBack(kept_ ? std::move(session_) : nullptr); }
        Lease(const Lease&) = delete;
        Lease& operator=(const Lease&) = delete;
        DbSession& operator*() noexcept { return *session_; }
        DbSession* operator->() noexcept { return session_.get(); }
        void keep() noexcept { kept_ = true; }

    private:
        Database& database_;
        std::unique_ptr<DbSession> session_;
        bool kept_ = false;
    };

    template <class Work>
    auto inTransaction(const char* begin, Work&& work)
    {
        Lease session(*this);
        session->execute(begin);
        // When the work throws, the lease closes the connection, and closing it rolls back.
        if constexpr (std::is_void_v<std::invoke_result_t<Work, DbSession&>>)
        {
            work(*session);
            session->execute("COMMIT");
            session.keep();
        }
        else
        {
            auto result = work(*session);
            session->execute("COMMIT");
            session.keep();
            return result;
        }
    }

    std::unique_ptr<DbSession> borrow();
    void giveBack(std::unique_ptr<DbSession> session) noexcept;
    void prepareFile();

    DatabaseSettings settings_;
    telemetry::Logger& log_;
    std::mutex writer_;
    std::mutex mutex_;
    std::condition_variable returned_;
    std::vector<std::unique_ptr<DbSession>> idle_;
    size_t lent_ = 0;
};

} // namespace switchyard::store
