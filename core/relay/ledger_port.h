// One loop's way to the journal: gathers the records of a turn, hands them over at its end, and wakes those that wait until
// theirs is written (ledger.md 5 and 6).
#pragma once

#include "ledger/journal/usage_journal.h"
#include "net/loop.h"

#include <coroutine>
#include <memory>
#include <vector>

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
    /// Both outlive it.
    LedgerPort(net::Loop& loop, ledger::UsageJournal& journal) : loop_(loop), journal_(journal), kick_(*this) {}
    ~LedgerPort(); ///< hands over what is left
    LedgerPort(const LedgerPort&) = delete;
    LedgerPort& operator=(const LedgerPort&) = delete;

    ledger::UsageJournal& journal() noexcept { return journal_; }

    /// They go out with this turn's records.
    void post(const ledger::BeginRecord& begin);
    /// `room`: what the request has reserved; goes back when this is written.
    void post(const ledger::SettleRecord& settle, uint32_t room);

    /// `auto written = port.written(); co_await written;`: returns when everything that this turn has posted is written.
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
    Written written() noexcept { return Written(turn_); }

    /// Is asked every 250 ms until it unlinks itself.
    void watch(ProgressSource& source);

private:
    void happened(uint32_t) noexcept override { handOver(); } // the end of the turn
    void handOver() noexcept;
    Turn& open();
    net::Task<void> reportProgress();

    net::Loop& loop_;
    ledger::UsageJournal& journal_;
    net::Kick kick_;
    std::shared_ptr<Turn> turn_;
    std::vector<std::shared_ptr<Turn>> known_; ///< to be used again when the journal has given them back
    net::Link running_;
    bool reporting_ = false;
};

} // namespace switchyard::relay
