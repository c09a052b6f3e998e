#include "ledger/writer/ledger_service.h"

#include "base/clock.h"
#include "ledger/writer/journal_port.h"
#include "ledger/writer/ledger_writer.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

namespace switchyard::ledger
{

namespace
{

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

/// How long a job may be held up by records that are written and not synced yet.
constexpr milliseconds kMostSyncWait{2000};
/// How long a caller waits beyond its limit for a transaction that has begun: a session waits so long for locks.
constexpr std::chrono::seconds kMostCommitWait{15};
constexpr size_t kBacklogRead = 1000;

struct WaitingJob
{
    BalanceJob job;
    uint64_t behind = 0; ///< runs when the journal has been applied up to here
    bool begun = false;
    bool givenUp = false;
    bool answered = false;
    JobAnswer answer;
};

} // namespace

class LedgerService::Thread final : private WriterEvents
{
public:
    Thread(Books& books, JournalPort& journal, telemetry::Logger& log, telemetry::Metrics& metrics, LedgerSettings settings)
        : journal_(journal), log_(log), settings_(settings), writer_(books, *this, journal.id()),
          batches_(metrics.counter("ledger_batches", "Batches of settlements that were committed")),
          records_(metrics.counter("ledger_records_applied", "Journal records that were applied")),
          faults_(metrics.counter("ledger_book_faults", "Transactions of the ledger that failed")),
          foreign_(metrics.counter("ledger_foreign_changes", "Balances that somebody else changed")),
          mended_(metrics.counter("ledger_rows_mended", "Log rows whose texts the table would not take")),
          position_(metrics.gauge("ledger_position", "The last journal record that was applied and committed")),
          away_(metrics.gauge("ledger_database_away", "1 while the database does not answer the ledger"))
    {
    }
    ~Thread() override { stop(milliseconds(0)); }

    void start()
    {
        thread_ = std::thread([this] { main(); });
    }

    void subscribe(Subscriber subscriber)
    {
        const std::lock_guard publishing(publishing_);
        if (const AccountTablePtr table = accounts()) subscriber(table);
        subscribers_.push_back(std::move(subscriber));
    }

    AccountTablePtr accounts() const
    {
        const std::lock_guard lock(mutex_);
        return table_;
    }

    LedgerHealth health() const
    {
        const std::lock_guard lock(mutex_);
        return health_;
    }

    void lookNow(std::function<void(AccountTablePtr)> done)
    {
        {
            const std::lock_guard lock(mutex_);
            if (!ended_)
            {
                looks_.push_back(std::move(done));
                wake_.notify_one();
                return;
            }
        }
        done(accounts());
    }

    JobAnswer run(BalanceJob job, milliseconds within)
    {
        auto waiting = std::make_shared<WaitingJob>();
        waiting->job = std::move(job);
        waiting->behind = journal_.lastWritten();
        std::unique_lock lock(mutex_);
        if (ended_) return {};
        jobs_.push_back(waiting);
        wake_.notify_one();
        const auto answered = [&] { return waiting->answered; };
        if (answered_.wait_for(lock, within, answered)) return waiting->answer;
        if (!waiting->begun)
        {
            std::erase(jobs_, waiting);
            return {};
        }
        waiting->givenUp = true;
        if (answered_.wait_for(lock, kMostCommitWait, answered)) return waiting->answer;
        JobAnswer unknown;
        unknown.outcome = JobAnswer::Outcome::unknown;
        return unknown;
    }

    bool stop(milliseconds within)
    {
        {
            const std::lock_guard lock(mutex_);
            if (!stopping_) deadline_ = Clock::now() + within;
            stopping_ = true;
        }
        wake_.notify_one();
        if (thread_.joinable()) thread_.join();
        return allApplied_;
    }

private:
    void main()
    {
        if (openBooks())
        {
            publish();
            while (!stopping() && turn()) waitForWork();
            if (stopping()) applyTheRest();
        }
        end();
    }

    // ---- opening

    bool openBooks()
    {
        const Recovery& found = journal_.recovery();
        while (writer_.open(found.last == 0, unixMillis()) != Step::done)
            if (!pause()) return false;
        pause_ = milliseconds(0);
        setAway(false);
        if (const std::string why = reasonAgainst(found); !why.empty()) return refuse(why);
        if (auto opened = journal_.open(writer_.position()); !opened)
            return refuse("the journal cannot be opened: " + opened.error().what);
        if (!countBacklog(found.last)) return false;
        const std::vector<SettleRecord> cut = writer_.settleOpen(found.open, unixMillis());
        if (cut.empty()) return true;
        if (!journal_.append(cut)) return refuse("the settlements of streams that were cut off cannot be written to the journal");
        log_.warning("streams that the last run left running have been settled by what they had delivered",
                     {{"streams", cut.size()}});
        return true;
    }

    /// Why these two do not belong together; empty: they do.
    std::string reasonAgainst(const Recovery& found) const
    {
        const std::string name = journal_.id();
        if (!writer_.knowsJournal())
            return "the journal " + name + " has records and this database has never heard of it: it belongs to another one. "
                   "Use that database, or move the journal's directory away";
        if (writer_.position() <= found.last || found.damage || settings_.acceptLoss) return {};
        return "the database has applied records up to " + std::to_string(writer_.position()) + " of journal " + name +
               ", whose files end at " + std::to_string(found.last) +
               ": its end is lost. Put the right directory back, or accept the loss with `switchyard journal repair --accept-loss`";
    }

    bool countBacklog(uint64_t last)
    {
        const auto until = Clock::now() + kMostSyncWait;
        uint64_t read = writer_.position();
        while (read < last && !stopping())
        {
            auto next = journal_.records().next(read, kBacklogRead, milliseconds(100));
            if (!next && next.error().number == 0)
                return refuse("the journal no longer has the records behind " + std::to_string(read) +
                              ", which this database has not applied: it is older than what is kept");
            if (!next) return refuse("the journal cannot be read: " + next.error().what);
            if (next->empty() && Clock::now() > until)
                return refuse("the journal does not give out its records behind " + std::to_string(read));
            if (next->empty()) continue;
            writer_.countBacklog(*next);
            read = next->back().sequence;
        }
        return !stopping();
    }

    bool refuse(const std::string& why)
    {
        log_.error("the ledger stays closed", {{"reason", why}});
        const std::lock_guard lock(mutex_);
        health_.trouble = why;
        return false;
    }

    // ---- running

    /// False: it is over.
    bool turn()
    {
        Step step = drain(0);
        if (step == Step::done) step = runJobs();
        if (step == Step::done) step = look();
        if (step == Step::fenced)
        {
            refuse("somebody else applies this journal to the database");
            withdraw();
            return false;
        }
        if (step == Step::again)
        {
            giveUpJob();
            pause_ = std::clamp(pause_ * 2, settings_.leastPause, settings_.mostPause);
        }
        else
            pause_ = milliseconds(0);
        setAway(step == Step::again);
        answerLooks();
        return true;
    }

    /// Applies what there is, and waits for records that are on their way until `upTo` has been applied.
    Step drain(uint64_t upTo)
    {
        const auto until = Clock::now() + kMostSyncWait;
        for (;;)
        {
            const bool more = writer_.seen() < upTo && Clock::now() < until;
            auto next = journal_.records().next(writer_.seen(), settings_.mostRecords, milliseconds(more ? 10 : 0));
            if (!next)
            {
                if (!std::exchange(unreadable_, true))
                    log_.error("the journal cannot be read; what it holds stays unapplied", {{"reason", next.error().what}});
                return Step::done;
            }
            unreadable_ = false;
            if (next->empty() && !more) return Step::done;
            if (next->empty()) continue;
            const uint64_t before = writer_.position();
            const Step step = writer_.apply(*next, unixMillis());
            if (writer_.position() != before)
            {
                batches_.add();
                records_.add(writer_.position() - before);
                told(writer_.position());
            }
            if (step != Step::done) return step;
            if (next->size() < settings_.mostRecords && !more) return Step::done;
            if (stopping() && Clock::now() > deadline()) return Step::done;
        }
    }

    Step runJobs()
    {
        while (current_ || takeJob())
        {
            if (const Step step = drain(current_->behind); step != Step::done) return step;
            JobAnswer answer;
            if (const Step step = writer_.run(current_->job, unixMillis(), answer); step != Step::done) return step;
            this->answer(answer);
        }
        return Step::done;
    }

    bool takeJob()
    {
        const std::lock_guard lock(mutex_);
        if (jobs_.empty()) return false;
        current_ = jobs_.front();
        jobs_.pop_front();
        current_->begun = true;
        return true;
    }

    void answer(const JobAnswer& answer)
    {
        {
            const std::lock_guard lock(mutex_);
            current_->answer = answer;
            current_->answered = true;
        }
        current_.reset();
        answered_.notify_all();
    }

    /// The database is away, and whoever waits for this job has waited long enough.
    void giveUpJob()
    {
        if (!current_) return;
        {
            const std::lock_guard lock(mutex_);
            if (!current_->givenUp && !stopping_) return;
        }
        JobAnswer nothing;
        if (!writer_.giveUp()) nothing.outcome = JobAnswer::Outcome::unknown;
        answer(nothing);
    }

    Step look()
    {
        bool asked = false;
        {
            const std::lock_guard lock(mutex_);
            asked = !looks_.empty();
        }
        if (!asked && Clock::now() < nextLook_) return Step::done;
        const Step step = writer_.look(unixMillis());
        if (step != Step::done) return step;
        nextLook_ = Clock::now() + settings_.lookEvery;
        publish();
        return Step::done;
    }

    void answerLooks()
    {
        std::vector<std::function<void(AccountTablePtr)>> asked;
        {
            const std::lock_guard lock(mutex_);
            asked.swap(looks_);
        }
        const AccountTablePtr table = accounts();
        for (const auto& done : asked)
            done(table);
    }

    void waitForWork()
    {
        std::unique_lock lock(mutex_);
        const auto rest = pause_.count() > 0 ? pause_ : settings_.pace;
        // While the database is away what is asked for waits, too; who has waited long enough is told in the next turn.
        wake_.wait_for(lock, rest, [&] { return stopping_ || (pause_.count() == 0 && (!jobs_.empty() || !looks_.empty())); });
    }

    /// False: it is time to stop.
    bool pause()
    {
        setAway(true);
        answerLooks();
        pause_ = std::clamp(pause_ * 2, settings_.leastPause, settings_.mostPause);
        std::unique_lock lock(mutex_);
        wake_.wait_for(lock, pause_, [&] { return stopping_; });
        return !stopping_;
    }

    void publish()
    {
        const AccountTablePtr table = writer_.accounts();
        const std::lock_guard publishing(publishing_);
        {
            const std::lock_guard lock(mutex_);
            health_.open = true;
            health_.position = writer_.position();
            if (table_ == table) return;
            table_ = table;
        }
        for (const Subscriber& subscriber : subscribers_)
            subscriber(table);
    }

    void withdraw()
    {
        const std::lock_guard publishing(publishing_);
        {
            const std::lock_guard lock(mutex_);
            health_.open = false;
            table_.reset();
        }
        for (const Subscriber& subscriber : subscribers_)
            subscriber(nullptr);
    }

    // ---- the end

    void applyTheRest()
    {
        while (!allApplied_)
        {
            Step step = drain(0);
            if (step == Step::done) step = runJobs();
            if (step == Step::done)
                allApplied_ = writer_.seen() >= journal_.lastWritten();
            else if (step == Step::fenced)
                return;
            if (allApplied_ || Clock::now() >= deadline()) return;
            giveUpJob();
            std::this_thread::sleep_for(std::min<milliseconds>(settings_.leastPause, milliseconds(20)));
        }
    }

    void end()
    {
        {
            const std::lock_guard lock(mutex_);
            ended_ = true;
            if (current_) jobs_.push_back(std::exchange(current_, nullptr));
            for (const auto& job : jobs_)
                job->answered = true; // and the answer is: unavailable
            jobs_.clear();
        }
        answered_.notify_all();
        answerLooks();
    }

    bool stopping() const
    {
        const std::lock_guard lock(mutex_);
        return stopping_;
    }
    Clock::time_point deadline() const
    {
        const std::lock_guard lock(mutex_);
        return deadline_;
    }
    void told(uint64_t position)
    {
        journal_.applied(position);
        position_.set(static_cast<int64_t>(position));
        const std::lock_guard lock(mutex_);
        health_.position = position;
    }
    void setAway(bool away)
    {
        {
            const std::lock_guard lock(mutex_);
            if (health_.databaseAway == away) return;
            health_.databaseAway = away;
        }
        away_.set(away ? 1 : 0);
        if (!away) log_.info("the database takes charges again");
    }

    // ---- what the writer tells

    void foreignChange(const Entry& entry) override
    {
        foreign_.add();
        log_.info("a balance was changed by somebody else", {{"account", entry.kind == AccountKind::user ? "user" : "token"},
                                                             {"id", entry.id},
                                                             {"points", entry.delta},
                                                             {"balance", entry.balanceAfter}});
    }
    void rowMended(const SettleRecord& settle, uint64_t sequence, const std::string& why) override
    {
        mended_.add();
        log_.error("a log row would not go in as it was; its charge is applied, its texts are not whole",
                   {{"request_id", settle.facts.requestId}, {"sequence", sequence}, {"reason", why}});
    }
    void bookTrouble(const BookError& error) override
    {
        faults_.add();
        // Once per absence: the metric counts the rest.
        if (health().databaseAway) return;
        log_.warning("the database did not take the ledger's transaction; it will be tried again", {{"reason", error.what}});
    }

    JournalPort& journal_;
    telemetry::Logger& log_;
    const LedgerSettings settings_;
    LedgerWriter writer_; // this and all that follows up to the mutex: the thread's alone
    telemetry::Counter &batches_, &records_, &faults_, &foreign_, &mended_;
    telemetry::Gauge &position_, &away_;
    std::shared_ptr<WaitingJob> current_;
    milliseconds pause_{0};
    Clock::time_point nextLook_{};
    bool unreadable_ = false;
    bool allApplied_ = false; // read by stop() after the thread has been joined

    std::mutex publishing_; ///< taken before mutex_: a subscriber sees tables in order
    std::vector<Subscriber> subscribers_;

    mutable std::mutex mutex_;
    std::condition_variable wake_, answered_;
    std::deque<std::shared_ptr<WaitingJob>> jobs_;
    std::vector<std::function<void(AccountTablePtr)>> looks_;
    AccountTablePtr table_;
    LedgerHealth health_;
    bool stopping_ = false;
    bool ended_ = false;
    Clock::time_point deadline_{};
    std::thread thread_;
};

LedgerService::LedgerService(Books& books, JournalPort& journal, telemetry::Logger& log, telemetry::Metrics& metrics,
                             LedgerSettings settings)
    : thread_(std::make_unique<Thread>(books, journal, log, metrics, settings))
{
}

LedgerService::~LedgerService() = default;

void LedgerService::start() { thread_->start(); }
void LedgerService::subscribe(Subscriber subscriber) { thread_->subscribe(std::move(subscriber)); }
AccountTablePtr LedgerService::accounts() const { return thread_->accounts(); }
void LedgerService::lookNow(std::function<void(AccountTablePtr)> done) { thread_->lookNow(std::move(done)); }
JobAnswer LedgerService::run(BalanceJob job, milliseconds within) { return thread_->run(std::move(job), within); }
bool LedgerService::stop(milliseconds within) { return thread_->stop(within); }
LedgerHealth LedgerService::health() const { return thread_->health(); }

} // namespace switchyard::ledger
