// The writer's thread: drives LedgerWriter over the journal and the database (ledger.md 7).
#pragma once

#include "ledger/holds/account.h"
#include "ledger/writer/jobs.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace switchyard::telemetry
{
class Logger;
class Metrics;
}

namespace switchyard::ledger
{

class Books;
class JournalPort;

struct LedgerSettings
{
    std::chrono::milliseconds pace{50};      ///< from one batch to the next, when there are few records
    size_t mostRecords = 500;                ///< of a batch
    std::chrono::milliseconds lookEvery{1000}; ///< for what others changed
    std::chrono::milliseconds leastPause{50};  ///< when the database is away; doubled up to mostPause
    std::chrono::milliseconds mostPause{2000};
    bool acceptLoss = false; ///< start although the journal lacks records that the database has
};

struct LedgerHealth
{
    bool open = false;      ///< the balances have been read; before that: 503
    bool databaseAway = false;
    std::string trouble;    ///< why it will not open, or stopped; for people
    uint64_t position = 0;  ///< applied and committed
};

/// Life: construct -> start -> ... -> stop. Books and JournalPort outlive it.
class LedgerService
{
public:
    LedgerService(Books& books, JournalPort& journal, telemetry::Logger& log, telemetry::Metrics& metrics,
                  LedgerSettings settings = {});
    ~LedgerService(); ///< stops within no time
    LedgerService(const LedgerService&) = delete;
    LedgerService& operator=(const LedgerService&) = delete;

    /// Starts the thread. It reads the books as soon as the database answers, settles what a kill cut off, and then tells the
    /// subscriber.
    void start();
    /// `subscriber` is told the accounts whenever their set changes, on the writer's thread; quick: post it. If they are there
    /// already, at once on this one. [any thread, before start()]
    using Subscriber = std::function<void(AccountTablePtr)>;
    void subscribe(Subscriber subscriber);
    /// Null before the balances have been read. [any thread]
    AccountTablePtr accounts() const;
    /// Looks for new accounts now, and calls `done` on the writer's thread with a table that has everything that was committed
    /// before this call (null: the balances have not been read yet; when the database is away: as it was). To publish a snapshot
    /// and the accounts that go with it together. [any thread]
    void lookNow(std::function<void(AccountTablePtr)> done);

    /// Runs the job after everything that was journaled before; waits at most `within`. [any thread but a loop's]
    JobAnswer run(BalanceJob job, std::chrono::milliseconds within = std::chrono::seconds(10));

    /// After the journal has been stopped: applies what it has, at most `within`, then ends the thread. Whether everything was
    /// applied. Jobs that wait are answered `unavailable`.
    bool stop(std::chrono::milliseconds within);

    LedgerHealth health() const; ///< [any thread]

private:
    class Thread;
    std::unique_ptr<Thread> thread_;
};

} // namespace switchyard::ledger
