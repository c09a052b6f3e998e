#include "ledger/writer/journal_port.h"

#include "ledger/journal/usage_journal.h"

#include <future>

namespace switchyard::ledger
{

namespace
{

class UsageJournalPort final : public JournalPort
{
public:
    explicit UsageJournalPort(UsageJournal& journal) : journal_(journal) {}

    std::string id() const override { return journal_.id(); }
    const Recovery& recovery() const override { return journal_.recovery(); }
    Result<Done, DiskError> open(uint64_t position) override { return journal_.start(position); }

    bool append(const std::vector<SettleRecord>& settles) override
    {
        std::promise<bool> written;
        std::future<bool> outcome = written.get_future();
        // Nobody waits for a loop here: the writer's thread may.
        Batch batch([](Batch&, void* context, bool safe) noexcept { static_cast<std::promise<bool>*>(context)->set_value(safe); },
                    &written);
        for (const SettleRecord& settle : settles)
            batch.add(settle, 0);
        if (batch.empty()) return true;
        journal_.hand(batch);
        return outcome.get();
    }

    RecordSource& records() override { return journal_; }
    uint64_t lastWritten() const override { return journal_.health().lastWritten; }
    void applied(uint64_t sequence) override { journal_.applied(sequence); }

private:
    UsageJournal& journal_;
};

} // namespace

std::unique_ptr<JournalPort> portOf(UsageJournal& journal) { return std::make_unique<UsageJournalPort>(journal); }

} // namespace switchyard::ledger
