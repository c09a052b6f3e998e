// The product's journal file on a simulated disk, as the model's journal.
#pragma once

#include "model_journal.h"

#include "../journal/sim_disk.h"
#include "ledger/journal/journal_clock.h"
#include "ledger/journal/journal_file.h"

namespace ledger_model
{

/// For walks: it cannot go back to a state. What a restart reads is compared with what was written.
class DiskJournal final : public ModelJournal
{
public:
    DiskJournal();
    std::unique_ptr<ModelJournal> clone() const override { return nullptr; }
    std::string id() const override { return id_; }
    void append(const switchyard::ledger::Record& record) override;
    std::span<const switchyard::ledger::Numbered> records() const override { return records_; }
    switchyard::ledger::Recovery restart() override;
    std::string complaint() const override { return complaint_; }

private:
    class StillClock final : public switchyard::ledger::JournalClock
    {
    public:
        int64_t wallMillis() noexcept override { return 1'795'599'000'000; }
        int64_t bootMillis() noexcept override { return 1000; }
    };
    void open(const switchyard::ledger::Recovery& found);

    const std::string id_ = std::string(32, 'a');
    StillClock clock_;
    std::unique_ptr<switchyard::journal_test::SimDisk> disk_;
    std::unique_ptr<switchyard::ledger::JournalFile> file_;
    std::vector<switchyard::ledger::Numbered> records_;
    std::string complaint_;
};

} // namespace ledger_model
