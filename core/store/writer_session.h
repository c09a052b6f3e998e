// The session of the ledger's writer: kept, durable, and told when anybody else has written.
#pragma once

#include "store/database.h"

#include <cstdint>
#include <memory>
#include <mutex>

namespace switchyard::store
{

/// One transaction at a time, in steps: begin() ... commit() or abandon(). While it is open every other writer of this
/// process waits. A commit has reached the disk when it returns (SQLite: synchronous=FULL). Whatever throws, the
/// connection is closed, which rolls back, and the next begin() opens another. [one thread]
class WriterSession
{
public:
    explicit WriterSession(Database& database) : database_(database) {}
    ~WriterSession() { abandon(); }
    WriterSession(const WriterSession&) = delete;
    WriterSession& operator=(const WriterSession&) = delete;

    /// Takes the write lock. Throws Poco::Exception (faultOf says what to make of it).
    DbSession& begin();
    /// When it throws, nobody knows whether it is written: read the journal's position in a new transaction.
    void commit();
    /// Rolls back by closing the connection. Nothing happens when none is open.
    void abandon() noexcept;
    bool open() const noexcept { return lock_.owns_lock(); }

    /// work(DbSession&) in a transaction of its own.
    template <class Work>
    auto write(Work&& work)
    {
        DbSession& session = begin();
        const Guard guard{*this};
        if constexpr (std::is_void_v<std::invoke_result_t<Work, DbSession&>>)
        {
            work(session);
            commit();
        }
        else
        {
            auto result = work(session);
            commit();
            return result;
        }
    }

    /// Only between begin() and commit(): whether any other connection, of this process or another, has committed since
    /// the last time that this was asked in a transaction that was committed. True the first time, and after a
    /// connection has been lost.
    bool othersHaveWritten();

private:
    struct Guard
    {
        WriterSession& writer;
        ~Guard() { writer.abandon(); }
    };

    Database& database_;
    std::unique_lock<std::mutex> lock_;
    std::unique_ptr<DbSession> session_;
    int64_t seen_ = -1;  ///< data_version up to which the owner knows everything
    int64_t asked_ = -1; ///< what it was in this transaction
};

} // namespace switchyard::store
