#include "world.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>

namespace ledger_model
{

using namespace switchyard::ledger;

namespace
{

constexpr const char* kKinds[] = {"hold",  "begin", "deliver", "settle",  "leave", "write", "answer",
                                  "apply", "topUp", "edit",    "foreign", "look",  "crash", "restart"};
constexpr const char* kFates[] = {"", " busy", " lost", " rejected", " happens and is lost", " dies before", " dies after"};
/// More of Books' calls than any step makes.
constexpr int kMostCalls = 14;

int64_t unitsOf(const Parties& parties, const Key& key, int64_t quota)
{
    if (key.first == AccountKind::user) return parties.userId == key.second ? quota : 0;
    return parties.tokenLimited && parties.tokenId == key.second ? quota : 0;
}

} // namespace

std::string nameOf(const Action& action)
{
    std::string name = std::string(kKinds[static_cast<size_t>(action.kind)]) + "(" + std::to_string(action.request);
    if (action.amount != 0) name += "," + std::to_string(action.amount);
    name += ")";
    if (action.fate != Fate::goesWell) name += std::string(kFates[static_cast<size_t>(action.fate)]) + "@" + std::to_string(action.call);
    return name;
}

World::World(Setup setup) : setup_(std::move(setup)), journal_(makeJournal(setup_.journalFile))
{
    for (const Setup::Opening& account : setup_.accounts)
        database_.add(account.kind, account.id, account.balance);
    requests_.resize(setup_.requests.size());
    for (size_t i = 0; i < requests_.size(); ++i)
    {
        requests_[i].plan = setup_.requests[i];
        requests_[i].id = "r" + std::to_string(nextName_++);
    }
    doRestart({Action::Kind::restart});
}

World::World(const World& from)
    : setup_(from.setup_), database_(from.database_), journal_(from.journal_->clone()), requests_(from.requests_), past_(from.past_), now_(from.now_),
      nextTicket_(from.nextTicket_), nextName_(from.nextName_), lowered_(from.lowered_), unseen_(from.unseen_),
      topUpsDone_(from.topUpsDone_), editsDone_(from.editsDone_)
{
    if (!from.process_) return;
    process_ = std::make_unique<Process>();
    process_->books = std::make_unique<SimBooks>(*from.process_->books, database_);
    process_->writer = WriterProbe::fork(*from.process_->writer, *process_->books, *process_);
    process_->queue = from.process_->queue;
    process_->job = from.process_->job;
    process_->holds.resize(requests_.size());
    constexpr int64_t kEnough = int64_t{1} << 50; // a balance below zero would not give its holds back
    std::vector<AccountPtr> lent;
    for (const auto& [key, account] : database_.accounts)
        if (const auto seen = WriterProbe::account(*process_->writer, key.first, key.second); seen.account)
        {
            seen.account->adjust(kEnough);
            lent.push_back(seen.account);
        }
    for (size_t i = 0; i < requests_.size(); ++i)
    {
        const Hold& held = from.process_->holds[i];
        if (!held.open()) continue;
        const RequestPlan& plan = requests_[i].plan;
        process_->holds[i] = Hold::take(WriterProbe::account(*process_->writer, AccountKind::user, plan.user).account,
                                        plan.limited ? WriterProbe::account(*process_->writer, AccountKind::token, plan.token).account : nullptr,
                                        held.amount());
    }
    for (const AccountPtr& account : lent)
        account->adjust(-kEnough);
}

int64_t World::chargeOf(const RequestPlan& plan, int64_t completion) const
{
    TokenUsage usage;
    usage.prompt = plan.prompt;
    usage.completion = completion;
    Price price;
    price.model = plan.ratio;
    const auto charged = charge(usage, price);
    return charged ? *charged : 0;
}

// ---- steps

std::string World::perform(const Action& action)
{
    ++now_;
    wrong_.clear();
    const int fired = firedFates_;
    try
    {
        wrong_ = step(action);
    }
    catch (const Died&)
    {
        die();
    }
    if (process_) process_->books->setOracle({});
    if (firedFates_ != fired)
        (action.fate == Fate::diesBefore || action.fate == Fate::diesAfter ? setup_.crashes : setup_.faults) -= 1;
    return wrong_.empty() ? check() : wrong_;
}

/// Lets Books' call number `action.call` end as `action.fate` says.
void World::arm(const Action& action)
{
    if (action.fate == Fate::goesWell) return;
    process_->books->setOracle([this, action, n = 0](const char* name) mutable {
        if (n++ != action.call) return Fate::goesWell;
        if (action.fate == Fate::happensAndIsLost && std::strcmp(name, "commit") != 0) return Fate::goesWell;
        ++firedFates_;
        return action.fate;
    });
}

std::string World::step(const Action& action)
{
    using Kind = Action::Kind;
    Request* request = action.request >= 0 && static_cast<size_t>(action.request) < requests_.size() ? &requests_[static_cast<size_t>(action.request)] : nullptr;
    switch (action.kind)
    {
    case Kind::hold: doHold(*request, action.request); return {};
    case Kind::begin:
    {
        BeginRecord begin;
        begin.ticket = request->ticket = nextTicket_++;
        begin.parties = {request->plan.user, request->plan.token, request->plan.limited, 0};
        begin.facts.requestId = request->id;
        begin.facts.stream = true;
        begin.held = process_->holds[static_cast<size_t>(action.request)].amount();
        std::fill(std::begin(begin.price), std::end(begin.price), 1.0);
        begin.price[0] = request->plan.ratio;
        begin.promptTokens = request->plan.prompt;
        post(std::move(begin), action.request);
        request->phase = Phase::streaming;
        return {};
    }
    case Kind::deliver:
    {
        ++request->delivered;
        ProgressRecord progress;
        progress.streams.push_back({request->ticket, request->delivered});
        post(std::move(progress), action.request, request->delivered);
        return {};
    }
    case Kind::settle: doSettle(*request, action.request); return wrong_;
    case Kind::leave:
        process_->holds[static_cast<size_t>(action.request)].settle(0);
        request->phase = Phase::gone;
        return {};
    case Kind::write: doWrite(); return {};
    case Kind::answer: request->phase = Phase::answered; return {};
    case Kind::apply: return doApply(action);
    case Kind::topUp:
    {
        BalanceJob job;
        job.kind = BalanceJob::Kind::add;
        job.account = AccountKind::user;
        job.id = 1;
        job.amount = setup_.topUp;
        job.cause = "topup";
        if (!process_->job) --setup_.topUps;
        return doJob(job, action);
    }
    case Kind::edit:
    {
        const Setup::Opening& account = setup_.accounts.back();
        BalanceJob job;
        job.kind = BalanceJob::Kind::set;
        job.account = account.kind;
        job.id = account.id;
        job.amount = setup_.edit;
        job.cause = "edit";
        if (!process_->job) --setup_.edits;
        return doJob(job, action);
    }
    case Kind::foreign:
    {
        const Setup::Opening& account = setup_.accounts[static_cast<size_t>(action.request) % setup_.accounts.size()];
        database_.foreign(account.kind, account.id, action.amount);
        --setup_.foreigns;
        lowered_ = lowered_ || action.amount < 0;
        unseen_ = true;
        return {};
    }
    case Kind::look:
        arm(action);
        if (process_->writer->look(now_) == Step::done) unseen_ = false;
        return {};
    case Kind::crash:
        --setup_.crashes;
        die();
        return {};
    case Kind::restart: doRestart(action); return wrong_;
    }
    return "no such step";
}

void World::doHold(Request& request, int index)
{
    const AccountTablePtr accounts = process_->writer->accounts();
    const RequestPlan& plan = request.plan;
    int64_t amount = chargeOf(plan, plan.bound);
    if (setup_.planted == Planted::truncatedHold)
        amount = static_cast<int64_t>(std::trunc(static_cast<double>(plan.prompt + plan.bound) * plan.ratio));
    Hold hold = Hold::take(accounts->user(plan.user), plan.limited ? accounts->token(plan.token) : nullptr, amount);
    request.phase = hold.open() ? Phase::held : Phase::gone;
    process_->holds[static_cast<size_t>(index)] = std::move(hold);
}

void World::doSettle(Request& request, int index)
{
    const int64_t due = chargeOf(request.plan, request.plan.completion);
    const Settled settled = process_->holds[static_cast<size_t>(index)].settle(due);
    if (settled.unpaid != 0 && request.plan.completion <= request.plan.bound) wrong_ = "the hold did not pay what it was for";
    request.quota = settled.quota;
    request.delivered = request.plan.completion;
    SettleRecord settle;
    settle.ticket = request.ticket;
    settle.parties = {request.plan.user, request.plan.token, request.plan.limited, 0};
    settle.facts.requestId = request.id;
    settle.quota = settled.quota;
    settle.unpaid = settled.unpaid;
    settle.promptTokens = request.plan.prompt;
    settle.completionTokens = request.plan.completion;
    settle.branch = "usage";
    post(std::move(settle), index);
    request.phase = setup_.planted == Planted::answeredBeforeRecord ? Phase::answered : Phase::settled;
}

void World::post(Record record, int request, int64_t progress) { process_->queue.push_back({std::move(record), request, progress}); }

void World::doWrite()
{
    Queued queued = std::move(process_->queue.front());
    process_->queue.pop_front();
    journal_->append(queued.record);
    Request& request = requests_[static_cast<size_t>(queued.request)];
    if (std::holds_alternative<BeginRecord>(queued.record)) request.beginWritten = true;
    if (std::holds_alternative<ProgressRecord>(queued.record)) request.progressed = queued.progress;
    if (!std::holds_alternative<SettleRecord>(queued.record)) return;
    request.settleWritten = true;
    if (request.phase == Phase::settled) request.phase = Phase::written;
}

std::string World::doApply(const Action& action)
{
    const auto records = journal_->records();
    const size_t from = std::min<size_t>(process_->writer->seen(), records.size());
    const size_t count = std::min<size_t>(static_cast<size_t>(action.amount), records.size() - from);
    arm(action);
    const Step applied = process_->writer->apply(records.subspan(from, count), now_);
    return applied == Step::fenced ? "the writer was fenced off by nobody" : "";
}

std::string World::doJob(const BalanceJob& job, const Action& action)
{
    process_->job = job;
    arm(action);
    const auto seen = WriterProbe::account(*process_->writer, job.account, job.id);
    JobAnswer answer;
    const Step ran = process_->writer->run(job, now_, answer);
    if (ran == Step::fenced) return "the writer was fenced off by nobody";
    if (ran == Step::again) return {};
    process_->job.reset();
    if (answer.outcome != JobAnswer::Outcome::done) return "a job was refused";
    (job.kind == BalanceJob::Kind::add ? topUpsDone_ : editsDone_) += 1;
    if (answer.delta() < 0) lowered_ = true;
    if (setup_.planted == Planted::topUpInMemory && job.kind == BalanceJob::Kind::add) seen.account->adjust(answer.delta());
    return {};
}

void World::die()
{
    for (Request& request : requests_)
        switch (request.phase)
        {
        case Phase::streaming: request.phase = request.beginWritten ? Phase::cut : Phase::gone; break;
        case Phase::settled: request.phase = request.beginWritten ? Phase::cut : Phase::gone; break;
        case Phase::held: request.phase = Phase::gone; break;
        case Phase::written: request.phase = Phase::recorded; break;
        case Phase::idle:
        case Phase::answered:
        case Phase::recorded:
        case Phase::cut:
        case Phase::gone: break;
        }
    if (process_ && process_->job) lowered_ = lowered_ || process_->job->kind == BalanceJob::Kind::set; // it may have happened
    process_.reset(); // holds are memory: they die with it, and give back to accounts that nobody sees again
}

void World::doRestart(const Action& action)
{
    const Recovery found = journal_->restart();
    process_ = std::make_unique<Process>();
    SimShortcuts shortcuts;
    shortcuts.positionApart = setup_.planted == Planted::positionApart;
    shortcuts.rowsApart = setup_.planted == Planted::rowsApart;
    process_->books = std::make_unique<SimBooks>(database_, shortcuts);
    process_->writer = std::make_unique<LedgerWriter>(*process_->books, *process_, journal_->id());
    process_->holds.resize(requests_.size());
    arm(action);
    while (process_->writer->open(found.last == 0, now_) != Step::done)
        ;
    if (!process_->writer->knowsJournal()) wrong_ = "the database does not know its journal";
    const auto records = journal_->records();
    if (setup_.planted != Planted::restartIgnoresJournal)
        process_->writer->countBacklog(records.subspan(std::min<size_t>(process_->writer->position(), records.size())));
    int written = 0;
    for (const SettleRecord& settle : process_->writer->settleOpen(found.open, now_))
    {
        if (settle.unpaid != 0 && !lowered_) wrong_ = "what a kill cut off was not paid";
        journal_->append(settle);
        // A death here leaves some of them written and some not.
        if (action.fate == Fate::diesAfter && action.call == kMostCalls + written++)
        {
            ++firedFates_;
            throw Died{};
        }
    }
    if (unseen_) database_.audit(); // what others changed while nobody looked, only adding up everything can find
    unseen_ = false;
}

// ---- what can happen

bool World::terminal(Phase phase) const { return phase >= Phase::answered; }

bool World::ended(int request) const { return terminal(requests_[static_cast<size_t>(request)].phase); }

bool World::renew(int index, const RequestPlan& plan)
{
    Request& request = requests_[static_cast<size_t>(index)];
    if (!terminal(request.phase) || request.id.empty()) return false;
    past_.push_back(request);
    Request fresh;
    fresh.plan = plan;
    fresh.id = "r" + std::to_string(nextName_++);
    request = fresh;
    return true;
}

std::vector<Action> World::enabled(bool withFates) const
{
    using Kind = Action::Kind;
    std::vector<Action> all;
    if (!process_)
    {
        all.push_back({Kind::restart});
        if (withFates && setup_.crashes > 0)
        {
            for (int call = 0; call < 6; ++call)
                all.push_back({Kind::restart, 0, 0, Fate::diesAfter, call});
            for (int written = 0; written < 2; ++written)
                all.push_back({Kind::restart, 0, 0, Fate::diesAfter, kMostCalls + written});
        }
        return all;
    }
    for (int i = 0; i < static_cast<int>(requests_.size()); ++i)
    {
        const Request& request = requests_[static_cast<size_t>(i)];
        switch (request.phase)
        {
        case Phase::idle: all.push_back({Kind::hold, i}); break;
        case Phase::held: all.push_back({request.plan.stream ? Kind::begin : Kind::settle, i}); break;
        case Phase::streaming:
            all.push_back({request.delivered < request.plan.completion ? Kind::deliver : Kind::settle, i});
            break;
        case Phase::written: all.push_back({Kind::answer, i}); break;
        case Phase::settled:
        case Phase::answered:
        case Phase::recorded:
        case Phase::cut:
        case Phase::gone: break;
        }
    }
    if (!process_->queue.empty()) all.push_back({Kind::write});
    std::vector<Action> books;
    const auto behind = static_cast<int64_t>(journal_->records().size()) - static_cast<int64_t>(process_->writer->seen());
    if (behind > 0 || WriterProbe::doubts(*process_->writer))
    {
        books.push_back({Kind::apply, 0, std::max<int64_t>(behind, 1)});
        if (behind > 1) books.push_back({Kind::apply, 0, 1});
    }
    const bool adding = process_->job && process_->job->kind == BalanceJob::Kind::add;
    if (process_->job ? adding : setup_.topUps > 0) books.push_back({Kind::topUp});
    if (process_->job ? !adding : setup_.edits > 0) books.push_back({Kind::edit});
    if (unseen_) books.push_back({Kind::look});
    all.insert(all.end(), books.begin(), books.end());
    for (int i = 0; setup_.foreigns > 0 && i < static_cast<int>(setup_.accounts.size()); ++i)
        all.push_back({Kind::foreign, i, 3});
    if (setup_.crashes > 0) all.push_back({Kind::crash});
    if (!withFates) return all;
    for (const Action& action : books)
        for (int call = 0; call < kMostCalls; ++call)
        {
            Action with = action;
            with.call = call;
            for (const Fate fate : {Fate::diesAfter, Fate::isLost, Fate::happensAndIsLost})
            {
                if ((fate == Fate::diesAfter ? setup_.crashes : setup_.faults) == 0) continue;
                with.fate = fate;
                all.push_back(with);
            }
        }
    return all;
}

// ---- what must hold

std::string World::checkAccount(const Key& key) const
{
    const SimAccount& row = database_.accounts.at(key);
    const std::string name = (key.first == AccountKind::user ? "user " : "token ") + std::to_string(key.second);
    if (!unseen_ && row.entries - row.charges != row.balance && row.opened)
        return name + ": entries " + std::to_string(row.entries) + " - charges " + std::to_string(row.charges) + " is not the column " +
               std::to_string(row.balance);
    if (!lowered_ && row.balance < 0) return name + ": the column is below zero";
    if (!process_) return {};
    const auto seen = WriterProbe::account(*process_->writer, key.first, key.second);
    if (!seen.account) return name + ": the writer does not know it";
    int64_t unapplied = 0, held = 0;
    const auto records = journal_->records();
    for (size_t i = process_->writer->position(); i < records.size(); ++i)
        if (const auto* settle = std::get_if<SettleRecord>(&records[i].record)) unapplied += unitsOf(settle->parties, key, settle->quota);
    for (const Queued& queued : process_->queue)
        if (const auto* settle = std::get_if<SettleRecord>(&queued.record)) unapplied += unitsOf(settle->parties, key, settle->quota);
    for (size_t i = 0; i < requests_.size(); ++i)
    {
        const RequestPlan& plan = requests_[i].plan;
        const bool his = key.first == AccountKind::user ? plan.user == key.second : plan.limited && plan.token == key.second;
        if (his) held += process_->holds[i].amount();
    }
    if (seen.account->held() != held) return name + ": what is held is not what the holds hold";
    if (seen.account->available() != seen.column - unapplied - held)
        return name + ": available " + std::to_string(seen.account->available()) + " is not column " + std::to_string(seen.column) +
               " - unapplied " + std::to_string(unapplied) + " - held " + std::to_string(held);
    if (!lowered_ && seen.account->available() < 0) return name + ": available is below zero";
    const bool current = !WriterProbe::doubts(*process_->writer) && !unseen_;
    if (current && seen.column != row.balance)
        return name + ": the writer believes the column is " + std::to_string(seen.column) + ", it is " + std::to_string(row.balance);
    return {};
}

bool World::quiet() const
{
    return process_ && process_->queue.empty() && !process_->job && !WriterProbe::doubts(*process_->writer) &&
           process_->writer->seen() == journal_->records().size() && !unseen_;
}

bool World::atRest() const
{
    return quiet() && std::all_of(requests_.begin(), requests_.end(), [&](const Request& r) { return terminal(r.phase); });
}

std::string World::checkRequest(const Request& request) const
{
    const SimRow* row = nullptr;
    for (const SimRow& one : database_.rows)
    {
        if (one.requestId != request.id) continue;
        if (row) return request.id + " has two rows";
        row = &one;
    }
    if (request.phase == Phase::gone) return row && row->quota != 0 ? request.id + " got nothing and was charged" : "";
    if (!row) return request.id + (request.phase == Phase::answered ? " was answered" : " was begun") + " and has no row";
    if (request.phase == Phase::cut)
    {
        if (row->branch != "gateway_stopped") return request.id + " was cut off, and its row does not say so";
        if (row->completion > request.delivered) return request.id + " was charged more than it was given";
        if (row->completion < request.progressed) return request.id + " was charged less than was known";
    }
    else if (row->quota != request.quota)
        return request.id + " was charged " + std::to_string(row->quota) + " and told " + std::to_string(request.quota);
    return {};
}

std::string World::checkRequests()
{
    if (!quiet()) return {};
    for (const Request& request : requests_)
        if (terminal(request.phase))
            if (auto wrong = checkRequest(request); !wrong.empty()) return wrong;
    for (const Request& request : past_)
        if (auto wrong = checkRequest(request); !wrong.empty()) return wrong;
    past_.clear();
    return {};
}

std::string World::check()
{
    uint64_t last = 0;
    const size_t from = database_.rows.size() > 8 ? database_.rows.size() - 8 : 0; // the others were looked at before
    for (size_t i = from; i < database_.rows.size(); ++i)
    {
        if (database_.rows[i].sequence <= last) return "a row twice: " + database_.rows[i].requestId;
        last = database_.rows[i].sequence;
    }
    if (auto complaint = journal_->complaint(); !complaint.empty()) return complaint;
    int topUps = 0;
    for (const Entry& entry : database_.entries)
        topUps += entry.cause == "topup";
    if (topUps < topUpsDone_) return "a top-up was answered and is not in the books";
    for (const auto& [key, account] : database_.accounts)
        if (auto wrong = checkAccount(key); !wrong.empty()) return wrong;
    return checkRequests();
}

std::string World::comeToRest()
{
    for (int steps = 0; steps < 10'000; ++steps)
    {
        if (process_ && !unseen_ && atRest()) return {};
        const auto actions = enabled(false);
        const auto next = std::find_if(actions.begin(), actions.end(), [&](const Action& a) {
            const bool newWork = (a.kind == Action::Kind::topUp || a.kind == Action::Kind::edit) && !(process_ && process_->job);
            return !newWork && a.kind != Action::Kind::crash && a.kind != Action::Kind::foreign;
        });
        if (next == actions.end())
        {
            // Records without a charge are passed over without a commit.
            if (process_->writer->seen() == journal_->records().size()) return checkRequests();
            return "nothing can be done, and it is not at rest";
        }
        if (auto wrong = perform(*next); !wrong.empty()) return wrong;
    }
    return "it does not come to rest";
}

std::string World::key() const
{
    std::string out;
    const auto put = [&](int64_t value) {
        if (value >= -100 && value < 27)
            out += static_cast<char>(value + 100);
        else
            out.append(1, '\x7f').append(reinterpret_cast<const char*>(&value), sizeof value);
    };
    for (const auto& [key, account] : database_.accounts)
    {
        for (const int64_t value : {account.balance, account.charges, account.entries, int64_t{account.opened}})
            put(value);
        if (!process_) continue;
        const auto seen = WriterProbe::account(*process_->writer, key.first, key.second);
        for (const int64_t value : {seen.account->available(), seen.account->held(), seen.column, seen.accounted})
            put(value);
    }
    for (const auto& [journal, position] : database_.positions)
        put(static_cast<int64_t>(position));
    put(static_cast<int64_t>(database_.entries.size()));
    for (const SimRow& row : database_.rows)
        put(static_cast<int64_t>(row.sequence));
    const auto putRecord = [&](const Record& record) {
        put(static_cast<int64_t>(record.index()));
        if (const auto* begin = std::get_if<BeginRecord>(&record)) (put(static_cast<int64_t>(begin->ticket)), out += begin->facts.requestId);
        if (const auto* progress = std::get_if<ProgressRecord>(&record))
            for (const auto& stream : progress->streams)
                (put(static_cast<int64_t>(stream.ticket)), put(stream.completionTokens));
        if (const auto* settle = std::get_if<SettleRecord>(&record)) (out += settle->facts.requestId, put(settle->quota));
    };
    for (const Numbered& numbered : journal_->records())
        putRecord(numbered.record);
    out += '|';
    for (const Request& request : requests_)
        for (const int64_t value : {static_cast<int64_t>(request.phase), int64_t{request.beginWritten}, request.delivered,
                                    request.progressed, request.quota, static_cast<int64_t>(request.ticket)})
            put(value);
    for (const int value : {setup_.topUps, setup_.edits, setup_.foreigns, setup_.crashes, setup_.faults, topUpsDone_, editsDone_,
                            int{lowered_}, int{unseen_}, int{process_ != nullptr}})
        put(value);
    put(static_cast<int64_t>(nextTicket_));
    if (!process_) return out;
    out += '|';
    for (const Queued& queued : process_->queue)
        putRecord(queued.record);
    for (const int64_t value : {static_cast<int64_t>(process_->writer->position()), static_cast<int64_t>(process_->writer->seen()),
                                WriterProbe::entryMark(*process_->writer), int64_t{WriterProbe::doubts(*process_->writer)},
                                int64_t{WriterProbe::hasAnswer(*process_->writer)}, int64_t{process_->job.has_value()}})
        put(value);
    return out;
}

} // namespace ledger_model
