// The ledger, put together: journal, books, writer. Made before the data plane, ended after it.
#pragma once

#include "app/config.h"
#include "ledger/journal/journal_clock.h"
#include "ledger/journal/usage_journal.h"
#include "ledger/tokens/token_counter.h"
#include "ledger/writer/ledger_service.h"
#include "telemetry/metrics.h"

#include <chrono>
#include <functional>
#include <memory>
#include <string>

namespace switchyard::store
{
class Database;
}

namespace switchyard::ledger
{
class Disk;
class JournalPort;
class StoreBooks;
} // namespace switchyard::ledger

namespace switchyard::app
{

struct LedgerHouseSettings
{
    std::string directory; ///< of the journal
    ledger::JournalSettings journal;
};

LedgerHouseSettings ledgerSettings(const Config& config);

/// Life: construct -> start -> ... -> stop, after the loops have ended.
class LedgerHouse
{
public:
    /// Reads the journal and locks its directory. Throws std::runtime_error with a sentence that says what to mend. What it is
    /// given outlives it.
    LedgerHouse(const LedgerHouseSettings& settings, store::Database& database, telemetry::Logger& log);
    ~LedgerHouse();
    LedgerHouse(const LedgerHouse&) = delete;
    LedgerHouse& operator=(const LedgerHouse&) = delete;

    ledger::UsageJournal& journal() noexcept { return *journal_; }
    ledger::LedgerService& service() noexcept { return *service_; }
    ledger::Vocabularies& vocabularies() noexcept { return vocabularies_; }

    /// Starts the writer and waits until it has read the balances, at most `patience`: a database that is away is no reason not
    /// to start.
    void start(std::function<void(ledger::AccountTablePtr)> subscriber, std::chrono::milliseconds patience);
    /// Writes down and applies what it can. Once; whether everything is in the database.
    bool stop(std::chrono::milliseconds within);

private:
    telemetry::Logger& log_;
    ledger::SystemClock clock_;
    ledger::Vocabularies vocabularies_;
    telemetry::Metrics metrics_;
    std::unique_ptr<ledger::Disk> disk_;
    std::unique_ptr<ledger::UsageJournal> journal_;
    std::unique_ptr<ledger::JournalPort> port_;
    std::unique_ptr<ledger::StoreBooks> books_;
    std::unique_ptr<ledger::LedgerService> service_;
    bool stopped_ = false;
};

} // namespace switchyard::app
