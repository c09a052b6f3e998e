#include "ledger/writer/journal_port.h"

#include "ledger/journal/usage_journal.h"

#include <condition_variable>
#include <mutex>

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
    RecordSource& records() override { return journal_; }
    uint64_t lastWritten() const override { return journal_.health().lastWritten; }
    void applied(uint64_t sequence) override { journal_.applied(sequence); }

    bool append(const std::vector<SettleRecord>& settles) override
    {
        if (settles.empty()) return true;
        Written written;
        Batch batch(&UsageJournalPort::done, &written);
        for (const SettleRecord& settle : settles)
            batch.add(settle, 0);
        journal_.hand(batch);
        std::unique_lock lock(written.mutex);
        written.told.wait(lock, [&] { return written.yes.has_value(); });
        return *written.yes;
    }

private:
    struct Written
    {
        std::mutex mutex;
        std::condition_variable told;
        std::optional<bool> yes;
    };
    static void done(Batch&, void* context, bool safe) noexcept
    {
        auto& written = *static_cast<Written*>(context);
        const std::lock_guard lock(written.mutex); // told within it: the waiter goes as soon as it may
        written.yes = safe;
        written.told.notify_all();
    }

    UsageJournal& journal_;
};

} // namespace

std::unique_ptr<JournalPort> portOf(UsageJournal& journal) { return std::make_unique<UsageJournalPort>(journal); }

} // namespace switchyard::ledger
