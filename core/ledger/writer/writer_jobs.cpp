// Changes by people, and changes that others made.
#include "ledger/writer/ledger_writer.h"

#include <algorithm>

namespace switchyard::ledger
{

namespace
{

/// A balance stays far from the ends of its type, so that sums of it with charges and holds do, too.
constexpr int64_t kMostBalance = int64_t{1} << 60;
constexpr size_t kMostReference = 190; ///< bytes; its column has 191 characters

std::string cut(const std::string& text)
{
    size_t end = std::min(text.size(), kMostReference);
    while (end > 0 && end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80)
        --end;
    return text.substr(0, end);
}

JobAnswer::Outcome outcomeOf(RedeemedCode::State state) noexcept
{
    switch (state)
    {
    case RedeemedCode::State::redeemed: return JobAnswer::Outcome::done;
    case RedeemedCode::State::used: return JobAnswer::Outcome::codeUsed;
    case RedeemedCode::State::disabled: return JobAnswer::Outcome::codeDisabled;
    case RedeemedCode::State::missing: break;
    }
    return JobAnswer::Outcome::noCode;
}

} // namespace

Step LedgerWriter::run(const BalanceJob& job, int64_t now, JobAnswer& answer)
{
    if (const Step step = resolveDoubt(); step != Step::done) return step;
    if (finished_)
    {
        answer = *finished_;
        finished_.reset();
        return Step::done;
    }
    Doubt doubt;
    if (const auto error = tryJob(job, now, doubt))
    {
        const Tried tried = failed(*error);
        if (tried == Tried::rejected) events_.bookTrouble(*error);
        return stepOf(tried);
    }
    if (doubt.answer.outcome != JobAnswer::Outcome::done)
    {
        books_.abandon();
        answer = doubt.answer;
        return Step::done;
    }
    if (const auto error = books_.commit())
    {
        events_.bookTrouble(*error);
        books_.abandon();
        // Without an entry nothing has moved, and to do it once more is no harm.
        if (doubt.entry) doubt_ = std::move(doubt);
        return Step::again;
    }
    take(doubt.effects);
    for (const Entry& entry : foreign_)
        events_.foreignChange(entry);
    answer = doubt.answer;
    return Step::done;
}

bool LedgerWriter::giveUp() noexcept
{
    finished_.reset();
    if (!doubt_ || !doubt_->entry) return true;
    doubt_->wanted = false;
    return false;
}

Books::Outcome LedgerWriter::tryJob(const BalanceJob& job, int64_t now, Doubt& doubt)
{
    using Outcome = JobAnswer::Outcome;
    foreign_.clear();
    JobAnswer& answer = doubt.answer;
    if (auto error = books_.begin()) return error;
    std::optional<BalanceRow> row;
    if (auto error = books_.balance(job.account, job.id, row)) return error;
    if (!row)
    {
        answer.outcome = Outcome::noAccount;
        return std::nullopt;
    }
    const Key key{job.account, job.id};
    const bool known = find(key) != nullptr;
    Effect effect{key, row->balance, 0, 0};
    if (known)
        if (auto error = reconcile(*row, 0, now, foreign_, effect)) return error;

    std::string reference = job.reference;
    int64_t delta = job.amount;
    if (job.kind == BalanceJob::Kind::redeem)
    {
        RedeemedCode code;
        if (auto error = books_.redeem(job.code, now, code)) return error;
        answer.outcome = outcomeOf(code.state);
        if (answer.outcome != Outcome::done) return std::nullopt;
        delta = code.quota;
        if (reference.empty()) reference = std::to_string(code.id);
    }
    else if (job.kind == BalanceJob::Kind::set && __builtin_sub_overflow(job.amount, row->balance, &delta))
        delta = INT64_MAX; // is refused next
    answer.before = row->balance;
    if (__builtin_add_overflow(row->balance, delta, &answer.after) || answer.after > kMostBalance || answer.after < -kMostBalance)
    {
        answer = {Outcome::outOfRange, row->balance, row->balance};
        return std::nullopt;
    }
    answer.outcome = Outcome::done;

    if (delta != 0)
    {
        doubt.entry = Entry{job.account,  job.id,          delta,          answer.after, cut(job.cause),
                            cut(job.who), cut(reference), uniqueTime(now)};
        if (auto error = books_.addToBalance(job.account, job.id, delta)) return error;
        effect.column = answer.after;
        effect.adjust += delta;
        effect.accounted += delta;
    }
    std::vector<Entry> entries = foreign_;
    if (doubt.entry) entries.push_back(*doubt.entry);
    if (!entries.empty())
        if (auto error = books_.insertEntries(entries)) return error;
    if (known) doubt.effects.push_back(effect);
    return noteJob(job, now, answer);
}

Books::Outcome LedgerWriter::noteJob(const BalanceJob& job, int64_t now, const JobAnswer& answer)
{
    if (!job.note) return std::nullopt;
    NoteRow note;
    note.userId = job.note->userId != 0 ? job.note->userId : job.id;
    note.type = job.note->type;
    note.userName = job.note->userName;
    note.content = job.note->content(answer.before, answer.after);
    note.quota = job.note->quota;
    note.at = now;
    return books_.insertNote(note);
}

Step LedgerWriter::look(int64_t now, bool always)
{
    if (const Step step = resolveDoubt(); step != Step::done) return step;
    Looked looked;
    if (const auto error = lookInside(now, always, looked)) return stepOf(failed(*error));
    if (!looked.read) return Step::done;
    entryMark_ = looked.mark;
    for (auto& [key, known] : accounts_)
        known.accounted = 0;
    take(looked.effects);
    takeMembers(looked.rows);
    for (const Entry& entry : foreign_)
        events_.foreignChange(entry);
    return Step::done;
}

Books::Outcome LedgerWriter::lookInside(int64_t now, bool always, Looked& looked)
{
    foreign_.clear();
    bool moved = false;
    if (auto error = books_.begin()) return error;
    if (auto error = books_.moved(moved)) return error;
    if (!moved && !always) return books_.commit();
    looked.read = true;
    if (auto error = readAll(looked.rows, looked.mark)) return error;
    const auto isNew = [&](const BalanceRow& row) { return !find({row.kind, row.id}); };
    if (std::any_of(looked.rows.begin(), looked.rows.end(), isNew))
    {
        // Somebody else may have made them and have opened no books.
        if (auto error = books_.openAccounts(now)) return error;
        if (auto error = readAll(looked.rows, looked.mark)) return error;
    }
    for (const BalanceRow& row : looked.rows)
    {
        const Known* known = find({row.kind, row.id});
        if (!known || known->column == row.balance) continue;
        Effect effect;
        const size_t before = foreign_.size();
        if (auto error = reconcile(row, 0, now, foreign_, effect)) return error;
        effect.accounted = foreign_.size() > before ? foreign_.back().delta : 0; // behind the new mark
        looked.effects.push_back(effect);
    }
    if (!foreign_.empty())
        if (auto error = books_.insertEntries(foreign_)) return error;
    return books_.commit();
}

/// Who is there now.
void LedgerWriter::takeMembers(std::span<const BalanceRow> rows)
{
    ++looks_;
    for (const BalanceRow& row : rows)
    {
        Known* known = find({row.kind, row.id});
        if (!known)
        {
            add(row);
            continue;
        }
        known->lookedAt = looks_;
        if (known->limited != row.limited || known->gone) table_.reset();
        known->limited = row.limited;
        known->gone = false;
    }
    // One that is gone is kept: its charges may be on their way.
    for (auto& [key, known] : accounts_)
        if (known.lookedAt != looks_ && !known.gone)
        {
            known.gone = true;
            table_.reset();
        }
}

} // namespace switchyard::ledger
