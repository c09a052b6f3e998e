#include "app/ledger_house.h"

#include "ledger/journal/disk_posix.h"
#include "ledger/journal/journal_reader.h"
#include "ledger/writer/journal_port.h"
#include "ledger/writer/store_books.h"
#include "telemetry/log.h"

#include <condition_variable>
#include <cstring>
#include <mutex>
#include <stdexcept>

namespace switchyard::app
{

namespace
{

[[noreturn]] void fail(const std::string& directory, const ledger::DiskError& error)
{
    std::string what = "the usage journal in " + directory + " cannot be used: " + error.what;
    if (error.number != 0) what.append(": ").append(std::strerror(error.number));
    throw std::runtime_error(what + ". Make the directory writable, or choose another with --journal-dir.");
}

} // namespace

LedgerHouseSettings ledgerSettings(const Config& config)
{
    LedgerHouseSettings settings;
    settings.directory = config.journalDirectory;
    settings.journal.mostLagBytes = config.journalMax;
    settings.journal.acknowledgeSynced = config.ledgerSynced;
    return settings;
}

LedgerHouse::LedgerHouse(const LedgerHouseSettings& settings, store::Database& database, telemetry::Logger& log) : log_(log)
{
    auto disk = ledger::PosixDisk::at(settings.directory, true);
    if (!disk) fail(settings.directory, disk.error());
    disk_ = std::move(*disk);
    if (auto locked = disk_->lock(); !locked) fail(settings.directory, locked.error());
    auto recovery = ledger::readJournal(*disk_);
    if (!recovery) fail(settings.directory, recovery.error());
    if (recovery->torn)
    {
        log.warning("the journal ends in what a power loss left half written; it is kept aside",
                    {{"file", recovery->torn->file}, {"offset", recovery->torn->offset}, {"bytes", recovery->torn->bytes}});
        if (auto kept = ledger::keepAside(*disk_, *recovery->torn); !kept) fail(settings.directory, kept.error());
    }
    if (recovery->damage)
        log.error("the journal is damaged: billable requests are refused until `switchyard journal repair --accept-loss`",
                  {{"file", recovery->damage->file}, {"offset", recovery->damage->offset}, {"reason", recovery->damage->what}});
    journal_ = std::make_unique<ledger::UsageJournal>(*disk_, clock_, settings.journal, std::move(*recovery));
    port_ = ledger::portOf(*journal_);
    books_ = std::make_unique<ledger::StoreBooks>(database, journal_->id());
    service_ = std::make_unique<ledger::LedgerService>(*books_, *port_, log, metrics_);
}

LedgerHouse::~LedgerHouse()
{
    if (!stopped_) stop(std::chrono::seconds(1));
}

void LedgerHouse::start(std::function<void(ledger::AccountTablePtr)> subscriber, std::chrono::milliseconds patience)
{
    struct Opened
    {
        std::mutex mutex;
        std::condition_variable changed;
        bool open = false;
    };
    auto opened = std::make_shared<Opened>();
    service_->subscribe([opened, subscriber = std::move(subscriber)](ledger::AccountTablePtr accounts) {
        const bool there = accounts != nullptr;
        subscriber(std::move(accounts));
        if (!there) return;
        const std::lock_guard lock(opened->mutex);
        opened->open = true;
        opened->changed.notify_all();
    });
    service_->start();
    std::unique_lock lock(opened->mutex);
    if (!opened->changed.wait_for(lock, patience, [&] { return opened->open; }))
        log_.warning("the balances are not read yet; requests are refused until they are", {{"reason", service_->health().trouble}});
}

bool LedgerHouse::stop(std::chrono::milliseconds within)
{
    stopped_ = true;
    const bool written = journal_->stop(within);
    const bool applied = service_->stop(within);
    if (!written)
        log_.error("not everything that was used could be written to the journal");
    else if (!applied)
        log_.warning("the database lacks a part of the journal; the next start applies it");
    return written && applied;
}

} // namespace switchyard::app
