#include "relay/ledger_port.h"

#include "net/signal.h"

namespace switchyard::relay
{

namespace
{

constexpr size_t kMostKnown = 8; // turns that are in the air at once, as a rule

} // namespace

// Belongs to the loop's thread, but for its batch while the journal has it.
struct LedgerPort::Turn
{
    explicit Turn(net::Loop& itsLoop) : loop(itsLoop), inbox(itsLoop.inbox()), batch(&Turn::done, this) {}

    // [the journal's thread] An answer is not withheld because the journal was stopped: nobody would ever send it.
    static void done(ledger::Batch&, void* context, bool) noexcept
    {
        Turn* turn = static_cast<Turn*>(context);
        const std::shared_ptr<net::Inbox> inbox = turn->inbox;
        inbox->post([self = std::move(turn->self)] { self->finish(); });
    }

    void finish()
    {
        written = true;
        while (waiters.linked())
            loop.wakeUp(static_cast<net::Waiter&>(waiters.next()), net::Wake::ready);
    }

    net::Loop& loop; // is there as long as its inbox takes jobs
    std::shared_ptr<net::Inbox> inbox;
    ledger::Batch batch;
    net::Link waiters;
    std::shared_ptr<Turn> self; ///< while the journal has the batch
    bool written = false;
};

LedgerPort::~LedgerPort() { handOver(); }

LedgerPort::Turn& LedgerPort::open()
{
    if (turn_) return *turn_;
    for (const std::shared_ptr<Turn>& known : known_)
        if (known.use_count() == 1) turn_ = known; // the journal and all who waited have let go of it
    if (turn_)
    {
        turn_->batch.clear();
        turn_->written = false;
    }
    else
    {
        turn_ = std::make_shared<Turn>(loop_);
        if (known_.size() < kMostKnown) known_.push_back(turn_);
    }
    loop_.serveLater(kick_);
    return *turn_;
}

void LedgerPort::post(const ledger::BeginRecord& begin) { open().batch.add(begin); }

void LedgerPort::post(const ledger::SettleRecord& settle, uint32_t room) { open().batch.add(settle, room); }

void LedgerPort::handOver() noexcept
{
    if (!turn_) return;
    Turn& turn = *turn_;
    turn.self = std::move(turn_);
    turn_.reset();
    journal_.hand(turn.batch);
}

void LedgerPort::watch(ProgressSource& source)
{
    source.linkBefore(running_);
    if (reporting_) return;
    reporting_ = true;
    loop_.spawn(reportProgress());
}

// Runs while there are streams.
net::Task<void> LedgerPort::reportProgress()
{
    constexpr int64_t kPeriodMs = 250;
    while (running_.linked())
    {
        auto pause = net::sleepFor(kPeriodMs);
        co_await pause;
        ledger::ProgressRecord moved;
        for (net::Link* link = &running_.next(); link != &running_; link = &link->next())
        {
            ledger::ProgressRecord::Stream stream;
            if (static_cast<ProgressSource*>(link)->progress(stream)) moved.streams.push_back(stream);
        }
        if (!moved.streams.empty()) open().batch.add(moved);
    }
    reporting_ = false;
}

bool LedgerPort::Written::await_ready() const noexcept { return !turn_ || turn_->written; }

void LedgerPort::Written::await_suspend(std::coroutine_handle<> handle) noexcept
{
    waiter_.handle = handle;
    waiter_.linkBefore(turn_->waiters);
}

} // namespace switchyard::relay
