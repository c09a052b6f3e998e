#include "ledger/journal/usage_journal.h"

#include "base/secret.h"
#include "ledger/journal/journal_engine.h"
#include "ledger/journal/journal_reader.h"

#include <algorithm>

namespace switchyard::ledger
{

namespace
{

// Tickets of different starts of one journal never meet: a start is good for 2^40 of them.
constexpr unsigned kTicketBits = 40;

Recovery named(Recovery recovery)
{
    if (recovery.journalId.empty() && !recovery.damage) recovery.journalId = newHexKey();
    return recovery;
}

} // namespace

UsageJournal::UsageJournal(Disk& disk, JournalClock& clock, const JournalSettings& settings, Recovery recovery)
    : recovery_(named(std::move(recovery))), nextTicket_(((recovery_.runs + 1) << kTicketBits) + 1),
      engine_(std::make_unique<JournalEngine>(disk, clock, settings, recovery_, room_))
{
}

UsageJournal::~UsageJournal() { stop(std::chrono::seconds(5)); }

Result<Done, DiskError> UsageJournal::start(uint64_t position) { return engine_->start(position); }

void UsageJournal::hand(Batch& batch) noexcept { engine_->hand(batch); }

void UsageJournal::applied(uint64_t sequence) noexcept { engine_->applied(sequence); }

Result<std::vector<Numbered>, DiskError> UsageJournal::next(uint64_t after, size_t most, std::chrono::milliseconds wait)
{
    return engine_->next(after, most, wait);
}

bool UsageJournal::stop(std::chrono::milliseconds within) { return engine_->stop(within); }

JournalHealth UsageJournal::health() const { return engine_->health(); }

} // namespace switchyard::ledger
