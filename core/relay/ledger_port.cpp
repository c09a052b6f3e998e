#include "relay/ledger_port.h"

#include "net/signal.h"

namespace switchyard::relay
{

// Belongs to the loop's thread; the batch that the journal has holds a share of it, and gives it back through the inbox.
struct LedgerPort::Turn
{
    std::vector<ledger::Record> records;
    net::Link waiters;
    bool written = false;
};

namespace
{

template <class Turn>
class PortBatch final : public ledger::RecordBatch
{
public:
    PortBatch(net::Loop& loop, std::shared_ptr<Turn> turn) : loop_(&loop), inbox_(loop.inbox()), turn_(std::move(turn)) {}

    void written(bool) noexcept override
    {
        // An answer is not withheld because the journal is in trouble: that was said when the request was admitted.
        inbox_->post([loop = loop_, turn = std::move(turn_)] {
            turn->written = true;
            while (turn->waiters.linked())
                loop->wakeUp(static_cast<net::Waiter&>(turn->waiters.next()), net::Wake::ready);
        });
    }

private:
    net::Loop* loop_; // is there as long as its inbox takes jobs
    std::shared_ptr<net::Inbox> inbox_;
    std::shared_ptr<Turn> turn_;
};

} // namespace

LedgerPort::~LedgerPort() { handOver(); }

void LedgerPort::post(ledger::Record record)
{
    if (!turn_) turn_ = std::make_shared<Turn>();
    turn_->records.push_back(std::move(record));
    loop_.serveLater(kick_);
}

void LedgerPort::handOver() noexcept
{
    if (!turn_) return;
    auto batch = std::make_unique<PortBatch<Turn>>(loop_, turn_);
    batch->records = std::move(turn_->records);
    last_ = turn_;
    turn_.reset();
    sink_.hand(std::move(batch));
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
        if (!moved.streams.empty()) post(std::move(moved));
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
