// The writer's state machine: applies settlements to the books, runs people's changes, and finds what others changed
// (ledger.md 1, 6, 7, 8). No thread, no clock, no file: the service drives it in the product, the model in the tests.
#pragma once

#include "ledger/holds/account.h"
#include "ledger/journal/recovery.h"
#include "ledger/writer/books.h"
#include "ledger/writer/jobs.h"

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace switchyard::ledger
{

/// What people should hear of. [the writer's thread]
class WriterEvents
{
public:
    virtual ~WriterEvents() = default;
    /// Somebody else changed a balance, and did not enter it.
    virtual void foreignChange(const Entry&) {}
    /// The row would not go into the table: it was written with plain texts, or without any.
    virtual void rowMended(const SettleRecord&, uint64_t sequence, const std::string& why) { (void)sequence, (void)why; }
    virtual void bookTrouble(const BookError&) {}
};

enum class Step : uint8_t
{
    done,
    again, ///< nothing is lost: call again later with the same arguments
    fenced ///< somebody else applies this journal, or the database under it was exchanged: stop
};

/// Life: open (again ...) -> countBacklog -> settleOpen -> apply, run, look in any order. [one thread]
class LedgerWriter
{
public:
    LedgerWriter(Books& books, WriterEvents& events, std::string journal);
    LedgerWriter(const LedgerWriter&) = delete;
    LedgerWriter& operator=(const LedgerWriter&) = delete;

    /// Reads position and columns in one transaction. `fresh`: the journal has no records, and may be new to this database.
    Step open(bool fresh, int64_t now);
    /// After open(): whether the database knows this journal. If not, its records belong to another database.
    bool knowsJournal() const noexcept { return known_; }
    /// Records behind the position: their charges are taken off what is available. In order, each once, before anything is
    /// applied or published.
    void countBacklog(std::span<const Numbered> records);
    /// Charges the streams that a kill cut off (branch `gateway_stopped`), as far as the balances reach. The records must be in
    /// the journal before anything else happens.
    std::vector<SettleRecord> settleOpen(std::span<const OpenRequest> open, int64_t now);

    /// Applies records, in order; those that have been are passed over. With Step::again a part may have been applied.
    Step apply(std::span<const Numbered> records, int64_t now);
    /// Everything up to here has been applied and committed. A restart begins behind it.
    uint64_t position() const noexcept { return position_; }
    /// The same, without a commit for records that change no balance: read on from here.
    uint64_t seen() const noexcept { return seen_; }

    /// Runs a change of a balance. After Step::again call again with the same job, or giveUp().
    Step run(const BalanceJob& job, int64_t now, JobAnswer& answer);
    /// Of a job that was answered with Step::again: whether it is certain that it has not happened.
    bool giveUp() noexcept;

    /// Looks for accounts that are new or gone and for balances that others have changed. Costs nothing when nobody else has
    /// written since the last look, unless `always`.
    Step look(int64_t now, bool always = false);

    /// All accounts: users, and tokens that are limited now. The same object until one is new or gone.
    AccountTablePtr accounts();

private:
    friend struct WriterProbe; ///< of the tests: copies a state, reads what is known
    using Key = std::pair<AccountKind, int64_t>;
    struct Known
    {
        AccountPtr account;
        int64_t column = 0;    ///< as last read, or as our own commits left it
        int64_t accounted = 0; ///< the sum of its entries behind entryMark_ that `column` is known to have in it
        bool limited = true;
        bool gone = false;
        uint64_t lookedAt = 0;
    };
    /// What a transaction means for memory, once it is committed.
    struct Effect
    {
        Key key;
        int64_t column = 0;
        int64_t adjust = 0;
        int64_t accounted = 0;
    };
    /// A commit of which nobody knows whether it happened.
    struct Doubt
    {
        std::vector<Effect> effects;
        uint64_t to = 0;            ///< of a batch: the position after it
        std::optional<Entry> entry; ///< of a job
        JobAnswer answer;
        bool wanted = true; ///< the job has not been given up
    };
    enum class Tried : uint8_t
    {
        done,
        again,
        fenced,
        rejected
    };
    /// How much of their texts rows keep.
    enum class Texts : uint8_t
    {
        whole,
        plain, ///< short, ASCII
        none
    };
    struct Looked
    {
        bool read = false;
        std::vector<BalanceRow> rows;
        int64_t mark = 0;
        std::vector<Effect> effects;
    };
    struct Batch;

    Tried failed(const BookError& error);
    static Step stepOf(Tried tried) noexcept;
    Step resolveDoubt();
    void take(const std::vector<Effect>& effects);
    Step applyPart(std::span<const Numbered> records, int64_t now);
    Step applyMended(std::span<const Numbered> records, int64_t now);
    Tried tryBatch(std::span<const Numbered> records, int64_t now, Texts texts);
    Books::Outcome writeBatch(Batch& batch, int64_t now, std::vector<Effect>& effects);
    Books::Outcome reconcile(const BalanceRow& row, int64_t expectedMove, int64_t now, std::vector<Entry>& entries,
                             Effect& effect);
    Books::Outcome tryJob(const BalanceJob& job, int64_t now, Doubt& doubt);
    Books::Outcome noteJob(const BalanceJob& job, int64_t now, const JobAnswer& answer);
    Books::Outcome readAll(std::vector<BalanceRow>& rows, int64_t& mark);
    Books::Outcome lookInside(int64_t now, bool always, Looked& looked);
    void takeMembers(std::span<const BalanceRow> rows);
    Known* find(Key key);
    void add(const BalanceRow& row);
    int64_t uniqueTime(int64_t now) noexcept { return lastTime_ = now > lastTime_ ? now : lastTime_ + 1; }

    Books& books_;
    WriterEvents& events_;
    const std::string journal_;
    std::map<Key, Known> accounts_;
    AccountTablePtr table_;
    bool known_ = false;
    uint64_t looks_ = 0;
    uint64_t position_ = 0;
    uint64_t seen_ = 0;
    int64_t entryMark_ = 0;
    int64_t lastTime_ = 0;
    BookError lastError_;
    std::vector<Entry> foreign_; ///< of the transaction that runs
    std::optional<Doubt> doubt_;
    std::optional<JobAnswer> finished_; ///< of the job that is being repeated
};

} // namespace switchyard::ledger
