// Opening the books, what a kill left, batches. Jobs and foreign changes: writer_jobs.cpp.
#include "ledger/writer/ledger_writer.h"

#include "ledger/holds/hold.h"
#include "ledger/price/charge.h"
#include "ledger/row_detail.h"
#include "ledger/writer/plain_row.h"

#include <algorithm>

namespace switchyard::ledger
{

namespace
{

/// Records without a charge need no commit of their own; but a restart should not have to read too many of them again.
constexpr uint64_t kMostUncommitted = 10'000;

const SettleRecord* settleOf(const Numbered& record) noexcept { return std::get_if<SettleRecord>(&record.record); }

bool addTo(int64_t& sum, int64_t amount) noexcept { return !__builtin_add_overflow(sum, amount, &sum); }

} // namespace

struct LedgerWriter::Batch
{
    uint64_t from = 0, to = 0;
    std::map<Key, AccountChange> changes; // in the order of ids: two writers never lock each other out
    std::map<int64_t, int64_t> channels;
    std::vector<ChargeRow> rows;
    std::vector<SettleRecord> mended; ///< what rows point to, when their texts are not their own

    /// False: sums that no number holds.
    bool add(const Numbered& record, Texts texts)
    {
        const SettleRecord* settle = settleOf(record);
        if (!settle) return true;
        const Parties& parties = settle->parties;
        AccountChange& user = changes[{AccountKind::user, parties.userId}];
        user.kind = AccountKind::user;
        user.id = parties.userId;
        user.requests += 1;
        if (!addTo(user.charged, settle->quota) || !addTo(user.used, settle->quota)) return false;
        if (parties.tokenId != 0)
        {
            AccountChange& token = changes[{AccountKind::token, parties.tokenId}];
            token.kind = AccountKind::token;
            token.id = parties.tokenId;
            if (parties.tokenLimited && !addTo(token.charged, settle->quota)) return false;
            if (!addTo(token.used, settle->quota)) return false;
        }
        if (parties.channelId != 0 && !addTo(channels[parties.channelId], settle->quota)) return false;
        if (texts != Texts::whole)
        {
            mended.push_back(plainRow(*settle, texts == Texts::plain));
            settle = &mended.back();
        }
        rows.push_back({settle, record.sequence, parties.tokenLimited ? settle->quota : 0});
        return true;
    }
};

LedgerWriter::LedgerWriter(Books& books, WriterEvents& events, std::string journal)
    : books_(books), events_(events), journal_(std::move(journal))
{
}

LedgerWriter::Known* LedgerWriter::find(Key key)
{
    const auto found = accounts_.find(key);
    return found == accounts_.end() ? nullptr : &found->second;
}

void LedgerWriter::add(const BalanceRow& row)
{
    Known known;
    known.account = std::make_shared<Account>(row.kind, row.id, row.balance);
    known.column = row.balance;
    known.limited = row.limited;
    known.lookedAt = looks_;
    accounts_.insert_or_assign({row.kind, row.id}, std::move(known));
    table_.reset();
}

Books::Outcome LedgerWriter::readAll(std::vector<BalanceRow>& rows, int64_t& mark)
{
    rows.clear();
    if (auto error = books_.allBalances(rows)) return error;
    return books_.lastEntry(mark);
}

Step LedgerWriter::open(bool fresh, int64_t now)
{
    std::optional<uint64_t> position;
    std::vector<BalanceRow> rows;
    int64_t mark = 0;
    const auto read = [&]() -> Books::Outcome {
        if (auto error = books_.begin()) return error;
        if (auto error = books_.position(journal_, position)) return error;
        if (!position)
        {
            if (!fresh) return std::nullopt;
            if (auto error = books_.addPosition(journal_)) return error;
            position = 0;
        }
        if (auto error = books_.openAccounts(now)) return error;
        if (auto error = readAll(rows, mark)) return error;
        return books_.commit();
    };
    if (const auto error = read()) return stepOf(failed(*error));
    known_ = position.has_value();
    if (!known_)
    {
        books_.abandon();
        return Step::done;
    }
    position_ = seen_ = *position;
    entryMark_ = mark;
    accounts_.clear();
    for (const BalanceRow& row : rows)
        add(row);
    return Step::done;
}

void LedgerWriter::countBacklog(std::span<const Numbered> records)
{
    for (const Numbered& record : records)
    {
        const SettleRecord* settle = settleOf(record);
        if (!settle || record.sequence <= position_) continue;
        const Parties& parties = settle->parties;
        if (Known* user = find({AccountKind::user, parties.userId})) user->account->adjust(-settle->quota);
        if (!parties.tokenLimited) continue;
        if (Known* token = find({AccountKind::token, parties.tokenId})) token->account->adjust(-settle->quota);
    }
}

AccountTablePtr LedgerWriter::accounts()
{
    if (table_) return table_;
    auto table = std::make_shared<AccountTable>();
    for (const auto& [key, known] : accounts_)
    {
        if (known.gone || !known.limited) continue;
        (key.first == AccountKind::user ? table->users : table->tokens).emplace(key.second, known.account);
    }
    return table_ = std::move(table);
}

LedgerWriter::Tried LedgerWriter::failed(const BookError& error)
{
    lastError_ = error;
    books_.abandon();
    if (error.fault == BookFault::rejected) return Tried::rejected;
    events_.bookTrouble(error);
    return error.fault == BookFault::fenced ? Tried::fenced : Tried::again;
}

Step LedgerWriter::stepOf(Tried tried) noexcept
{
    switch (tried)
    {
    case Tried::done: return Step::done;
    case Tried::fenced: return Step::fenced;
    case Tried::again:
    case Tried::rejected: break;
    }
    return Step::again;
}

void LedgerWriter::take(const std::vector<Effect>& effects)
{
    for (const Effect& effect : effects)
    {
        Known* known = find(effect.key);
        if (!known) continue;
        known->column = effect.column;
        known->accounted += effect.accounted;
        if (effect.adjust != 0) known->account->adjust(effect.adjust);
    }
}

// A COMMIT that failed may have been one: a new session says.
Step LedgerWriter::resolveDoubt()
{
    if (!doubt_) return Step::done;
    bool happened = false;
    std::optional<uint64_t> position;
    const auto ask = [&]() -> Books::Outcome {
        if (auto error = books_.begin()) return error;
        if (auto error = doubt_->entry ? books_.hasEntry(*doubt_->entry, happened) : books_.position(journal_, position))
            return error;
        return books_.commit();
    };
    if (const auto error = ask()) return stepOf(failed(*error));
    Doubt doubt = std::move(*doubt_);
    doubt_.reset();
    if (!doubt.entry)
    {
        if (position != doubt.to && position != position_) return Step::fenced;
        happened = position == doubt.to;
    }
    if (!happened) return Step::done;
    take(doubt.effects);
    if (!doubt.entry)
    {
        position_ = doubt.to;
        seen_ = std::max(seen_, position_);
    }
    else if (doubt.wanted)
        finished_ = doubt.answer;
    return Step::done;
}

Step LedgerWriter::apply(std::span<const Numbered> records, int64_t now)
{
    if (const Step step = resolveDoubt(); step != Step::done) return step;
    return applyPart(records, now);
}

Step LedgerWriter::applyPart(std::span<const Numbered> records, int64_t now)
{
    while (!records.empty() && records.front().sequence <= seen_)
        records = records.subspan(1);
    if (records.empty()) return Step::done;
    const auto settles = std::count_if(records.begin(), records.end(), settleOf);
    if (settles == 0 && records.back().sequence - position_ < kMostUncommitted)
    {
        seen_ = records.back().sequence;
        return Step::done;
    }
    const Tried tried = tryBatch(records, now, Texts::whole);
    if (tried != Tried::rejected || settles == 0) return stepOf(tried);
    if (settles == 1) return applyMended(records, now);
    const size_t half = records.size() / 2;
    if (const Step step = applyPart(records.first(half), now); step != Step::done) return step;
    return applyPart(records.subspan(half), now);
}

// One row never stops the writer: its money goes in with what of its texts the table takes.
Step LedgerWriter::applyMended(std::span<const Numbered> records, int64_t now)
{
    const std::string why = lastError_.what;
    Tried tried = tryBatch(records, now, Texts::plain);
    if (tried == Tried::rejected) tried = tryBatch(records, now, Texts::none);
    if (tried == Tried::rejected) events_.bookTrouble(lastError_);
    if (tried == Tried::done)
        for (const Numbered& record : records)
            if (const SettleRecord* settle = settleOf(record)) events_.rowMended(*settle, record.sequence, why);
    return stepOf(tried);
}

LedgerWriter::Tried LedgerWriter::tryBatch(std::span<const Numbered> records, int64_t now, Texts texts)
{
    Batch batch;
    batch.from = position_;
    batch.to = records.back().sequence;
    batch.mended.reserve(records.size()); // rows point into it
    for (const Numbered& record : records)
        if (!batch.add(record, texts)) return failed({BookFault::rejected, "the charges add up to more than a number holds"});
    std::vector<Effect> effects;
    if (const auto error = writeBatch(batch, now, effects)) return failed(*error);
    if (const auto error = books_.commit())
    {
        events_.bookTrouble(*error);
        books_.abandon();
        doubt_ = Doubt{std::move(effects), batch.to, std::nullopt, {}, true};
        return Tried::again;
    }
    take(effects);
    position_ = seen_ = batch.to;
    for (const Entry& entry : foreign_)
        events_.foreignChange(entry);
    return Tried::done;
}

Books::Outcome LedgerWriter::writeBatch(Batch& batch, int64_t now, std::vector<Effect>& effects)
{
    foreign_.clear();
    if (auto error = books_.begin()) return error;
    if (auto error = books_.advance(journal_, batch.from, batch.to)) return error;
    std::vector<AccountChange> changes;
    changes.reserve(batch.changes.size());
    for (const auto& [key, change] : batch.changes)
        changes.push_back(change);
    std::vector<BalanceRow> after;
    if (auto error = books_.apply(changes, now, after)) return error;
    for (const BalanceRow& row : after)
    {
        const Key key{row.kind, row.id};
        if (!find(key)) continue;
        effects.push_back({key, 0, 0, 0});
        if (auto error = reconcile(row, -batch.changes.at(key).charged, now, foreign_, effects.back())) return error;
    }
    for (const auto& [channel, quota] : batch.channels)
        if (auto error = books_.addChannelUse(channel, quota)) return error;
    // A token that is gone pays nothing, and its row must not say that it did.
    for (ChargeRow& row : batch.rows)
    {
        const int64_t token = row.settle->parties.tokenId;
        const auto there = [&](const BalanceRow& r) { return r.kind == AccountKind::token && r.id == token; };
        if (row.tokenQuota != 0 && std::none_of(after.begin(), after.end(), there)) row.tokenQuota = 0;
    }
    if (!batch.rows.empty())
        if (auto error = books_.insertCharges(batch.rows)) return error;
    return foreign_.empty() ? std::nullopt : books_.insertEntries(foreign_);
}

// What the column moved by beyond `expectedMove` is news for memory; what of that nobody has entered yet becomes an entry.
Books::Outcome LedgerWriter::reconcile(const BalanceRow& row, int64_t expectedMove, int64_t now, std::vector<Entry>& entries,
                                       Effect& effect)
{
    const Key key{row.kind, row.id};
    const Known& known = *find(key);
    effect = {key, row.balance, 0, 0};
    const int64_t difference = row.balance - (known.column + expectedMove);
    if (difference == 0) return std::nullopt;
    int64_t entered = 0;
    if (auto error = books_.enteredSince(entryMark_, row.kind, row.id, entered)) return error;
    const int64_t byOthers = entered - known.accounted;
    const int64_t foreign = difference - byOthers;
    if (foreign != 0) entries.push_back({row.kind, row.id, foreign, row.balance, "foreign", "", "", uniqueTime(now)});
    effect.adjust = difference;
    effect.accounted = byOthers + foreign;
    return std::nullopt;
}

std::vector<SettleRecord> LedgerWriter::settleOpen(std::span<const OpenRequest> open, int64_t now)
{
    std::vector<SettleRecord> settles;
    for (const OpenRequest& one : open)
    {
        const BeginRecord& begin = one.begin;
        RowDetail detail;
        if (auto read = readRowDetail(begin.facts.detail)) detail = std::move(*read);
        const auto& pinned = begin.price;
        detail.price = {pinned[0], pinned[1], pinned[2], pinned[3], pinned[4], pinned[5], pinned[6], pinned[7]};
        detail.usage = {};
        detail.usage.prompt = begin.promptTokens;
        detail.usage.completion = one.completionTokens;
        const auto due = charge(detail.usage, detail.price);

        const Known* user = find({AccountKind::user, begin.parties.userId});
        const Known* token = begin.parties.tokenLimited ? find({AccountKind::token, begin.parties.tokenId}) : nullptr;
        Hold hold;
        if (user) hold = Hold::take(user->account, token ? token->account : nullptr, 0);
        const Settled settled = hold.settle(due ? *due : 0);

        SettleRecord settle;
        settle.ticket = begin.ticket;
        settle.parties = begin.parties;
        settle.facts = begin.facts;
        settle.facts.detail = writeRowDetail(detail);
        const int64_t end = one.lastSeenAt != 0 ? one.lastSeenAt : now;
        settle.facts.elapsedMs = std::max<int64_t>(0, end - begin.facts.createdAt);
        settle.quota = settled.quota;
        settle.unpaid = (due ? *due : 0) - settled.quota;
        settle.held = begin.held;
        settle.promptTokens = detail.usage.prompt;
        settle.completionTokens = detail.usage.completion;
        settle.branch = "gateway_stopped";
        settle.usageSource = "counted";
        settles.push_back(std::move(settle));
    }
    return settles;
}

} // namespace switchyard::ledger
