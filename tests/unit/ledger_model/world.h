// A gateway, its journal, its database and its clients in one deterministic state machine: the product's Hold, Account and
// LedgerWriter, driven one step at a time, with deaths and faults between and within the steps (ledger.md 12).
#pragma once

#include "model_journal.h"
#include "sim_books.h"
#include "writer_probe.h"

#include "ledger/holds/hold.h"
#include "ledger/price/charge.h"

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace ledger_model
{

/// Short-cuts that somebody might take; each must be found.
enum class Planted : uint8_t
{
    none,
    topUpInMemory,
    positionApart,
    rowsApart,
    restartIgnoresJournal,
    answeredBeforeRecord,
    truncatedHold
};

struct RequestPlan
{
    int64_t user = 1;
    int64_t token = 0;    ///< 0: none
    bool limited = false; ///< the token has a balance of its own
    bool stream = false;
    double ratio = 1;
    int64_t prompt = 1;
    int64_t bound = 2;      ///< output tokens that the hold pays
    int64_t completion = 2; ///< what it comes to; more than the bound: the provider ignored its limit
};

struct Setup
{
    struct Opening
    {
        AccountKind kind = AccountKind::user;
        int64_t id = 1;
        int64_t balance = 0;
    };
    std::vector<Opening> accounts;
    std::vector<RequestPlan> requests;
    int64_t topUp = 0; ///< of user 1
    int64_t edit = 0;  ///< what the second account, or the only one, is set to
    int topUps = 0, edits = 0, foreigns = 0, crashes = 0, faults = 0;
    Planted planted = Planted::none;
    bool journalFile = false; ///< the product's journal file on a simulated disk
};

struct Action
{
    enum class Kind : uint8_t
    {
        hold,
        begin,
        deliver,
        settle,
        leave, ///< the client goes before anything was sent: nothing is charged
        write, ///< the journal's thread writes what is queued first
        answer,
        apply,
        topUp,
        edit,
        foreign,
        look,
        crash,
        restart
    };
    Kind kind = Kind::hold;
    int request = 0;
    int64_t amount = 0;        ///< apply: records; foreign: points
    Fate fate = Fate::goesWell; ///< of Books' call number `call` within this step
    int call = 0;
};
std::string nameOf(const Action& action);

class World
{
public:
    explicit World(Setup setup);
    World(const World& from);
    World& operator=(const World&) = delete;

    /// Every step that can be taken now; with deaths and faults within the steps as far as the setup has some left.
    std::vector<Action> enabled(bool withFates) const;
    /// What is wrong afterwards; empty: nothing.
    std::string perform(const Action& action);
    /// Ends whatever runs, in some order, and looks at the books.
    std::string comeToRest();
    /// All requests have ended, everything is applied: perform() has looked at the books.
    bool atRest() const;
    /// The state, without what only counts time.
    std::string key() const;
    /// For random runs: gives an ended request's place to a new one.
    bool renew(int request, const RequestPlan& plan);
    const Setup& setup() const { return setup_; }
    bool alive() const { return process_ != nullptr; }
    bool ended(int request) const;

private:
    enum class Phase : uint8_t
    {
        idle,
        held,
        streaming, ///< the first token has been delivered
        settled,   ///< in memory; the record is queued
        written,
        answered,
        recorded, ///< the gateway died between the record and the answer
        cut,      ///< the gateway died; its begin is in the journal
        gone      ///< refused, or lost with nothing delivered: costs nothing
    };
    struct Request
    {
        RequestPlan plan;
        Phase phase = Phase::idle;
        std::string id;
        uint64_t ticket = 0;
        bool beginWritten = false;
        bool settleWritten = false;
        int64_t delivered = 0;  ///< output tokens that the client has
        int64_t progressed = 0; ///< of the last progress record that is written
        int64_t quota = 0;
    };
    struct Queued
    {
        switchyard::ledger::Record record;
        int request = -1;
        int64_t progress = 0;
    };
    struct Process : switchyard::ledger::WriterEvents
    {
        std::unique_ptr<SimBooks> books;
        std::unique_ptr<switchyard::ledger::LedgerWriter> writer;
        std::vector<switchyard::ledger::Hold> holds; ///< of the requests
        std::deque<Queued> queue;
        std::optional<switchyard::ledger::BalanceJob> job; ///< that is to be run again
    };

    std::string step(const Action& action);
    void doHold(Request& request, int index);
    void doSettle(Request& request, int index);
    void doWrite();
    std::string doApply(const Action& action);
    std::string doJob(const switchyard::ledger::BalanceJob& job, const Action& action);
    void doRestart(const Action& action);
    void die();
    void post(switchyard::ledger::Record record, int request, int64_t progress = 0);
    void arm(const Action& action);
    int64_t chargeOf(const RequestPlan& plan, int64_t completion) const;
    std::string check();
    std::string checkAccount(const Key& key) const;
    std::string checkRequest(const Request& request) const;
    std::string checkRequests();
    bool quiet() const;
    bool terminal(Phase phase) const;

    Setup setup_;
    SimDatabase database_;
    std::unique_ptr<ModelJournal> journal_;
    std::vector<Request> requests_;
    std::vector<Request> past_; ///< ended, their rows not yet looked for
    std::unique_ptr<Process> process_;
    int64_t now_ = 1000;
    uint64_t nextTicket_ = 1;
    int nextName_ = 1;
    int firedFates_ = 0;
    bool lowered_ = false;  ///< somebody took points away under open holds: balances may be below zero
    bool unseen_ = false;   ///< a foreign change that nobody has looked for
    int topUpsDone_ = 0, editsDone_ = 0;
    std::string wrong_;
};

} // namespace ledger_model
