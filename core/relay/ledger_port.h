// One loop's way to the journal: gathers the records of a turn, hands them over at its end, and wakes those that wait until
// theirs is written (ledger.md 5 and 6).
#pragma once

#include "ledger/journal/record_sink.h"
#include "net/loop.h"

#include <coroutine>
#include <memory>

namespace switchyard::relay
{

/// A stream that is running, for the records of progress.
class ProgressSource : public net::Link
{
public:
    /// What its client has received; false: nothing since the last time.
    virtual bool progress(ledger::ProgressRecord::Stream& stream) = 0;

protected:
    ~ProgressSource() = default;
};

/// [the loop's thread]
class LedgerPort final : private net::Watched
{
    struct Turn;

public:
    /// `number`: of the loop; makes its tickets differ from those of others.
    LedgerPort(net::Loop& loop, ledger::RecordSink& sink, uint64_t number)
        : loop_(loop), sink_(sink), kick_(*this), tickets_(number << 48)
    {
    }
    ~LedgerPort(); ///< hands over what is left
    LedgerPort(const LedgerPort&) = delete;
    LedgerPort& operator=(const LedgerPort&) = delete;

    /// Goes out with this turn's records.
    void post(ledger::Record record);

    /// `auto written = port.written(); co_await written;`: returns when everything posted before has been written.
    class Written
    {
    public:
        explicit Written(std::shared_ptr<Turn> turn) noexcept : turn_(std::move(turn)) {}
        bool await_ready() const noexcept;
        void await_suspend(std::coroutine_handle<> handle) noexcept;
        void await_resume() noexcept {}

    private:
        std::shared_ptr<Turn> turn_;
        net::Waiter waiter_;
    };
    Written written() noexcept { return Written(turn_ ? turn_ : last_.lock()); }

    /// Is asked every 250 ms until it unlinks itself.
    void watch(ProgressSource& source);

    /// Names a stream in its begin, progress and settle records; never 0.
    uint64_t newTicket() noexcept { return tickets_ += 1; }

private:
    void happened(uint32_t) noexcept override { handOver(); } // the end of the turn
    void handOver() noexcept;
    net::Task<void> reportProgress();

    net::Loop& loop_;
    ledger::RecordSink& sink_;
    net::Kick kick_;
    std::shared_ptr<Turn> turn_;
    std::weak_ptr<Turn> last_;
    net::Link running_;
    uint64_t tickets_;
    bool reporting_ = false;
};

} // namespace switchyard::relay
