#include "sim_books.h"

#include <algorithm>

namespace ledger_model
{

using namespace switchyard::ledger;

template <class Work>
Books::Outcome SimBooks::call(const char* name, Work&& work)
{
    const Fate fate = oracle_ ? oracle_(name) : Fate::goesWell;
    switch (fate)
    {
    case Fate::isBusy: return BookError{BookFault::busy, name};
    case Fate::isLost: return BookError{BookFault::lost, name};
    case Fate::isRejected: return BookError{BookFault::rejected, name};
    case Fate::diesBefore: throw Died{};
    case Fate::goesWell:
    case Fate::happensAndIsLost:
    case Fate::diesAfter: break;
    }
    Outcome outcome = work();
    if (fate == Fate::diesAfter) throw Died{};
    if (fate == Fate::happensAndIsLost && !outcome) return BookError{BookFault::lost, name};
    return outcome;
}

Books::Outcome SimBooks::begin()
{
    return call("begin", [&]() -> Outcome {
        saved_ = Saved{database_.accounts,      database_.positions, database_.entries.size(), database_.rows.size(),
                       database_.notes.size(), database_.channels,  database_.codes};
        return std::nullopt;
    });
}

Books::Outcome SimBooks::commit()
{
    auto outcome = call("commit", [&]() -> Outcome {
        saved_.reset();
        seen_ = asked_;
        return std::nullopt;
    });
    if (outcome) seen_ = asked_ = UINT64_MAX; // a lost connection knows nothing
    return outcome;
}

void SimBooks::abandon() noexcept
{
    if (!saved_) return;
    Saved& saved = *saved_;
    if (shortcuts_.rowsApart)
        for (const auto& [key, account] : database_.accounts)
            if (const auto was = saved.accounts.find(key); was != saved.accounts.end()) was->second.charges = account.charges;
    database_.accounts = std::move(saved.accounts);
    if (!shortcuts_.positionApart) database_.positions = std::move(saved.positions);
    database_.entries.resize(saved.entries);
    if (!shortcuts_.rowsApart) database_.rows.resize(saved.rows);
    database_.notes.resize(saved.notes);
    database_.channels = std::move(saved.channels);
    database_.codes = std::move(saved.codes);
    saved_.reset();
    seen_ = asked_ = UINT64_MAX;
}

Books::Outcome SimBooks::position(std::string_view journal, std::optional<uint64_t>& sequence)
{
    return call("position", [&]() -> Outcome {
        const auto found = database_.positions.find(journal);
        sequence = found == database_.positions.end() ? std::nullopt : std::optional(found->second);
        return std::nullopt;
    });
}

Books::Outcome SimBooks::addPosition(std::string_view journal)
{
    return call("addPosition", [&]() -> Outcome {
        database_.positions.emplace(std::string(journal), 0);
        return std::nullopt;
    });
}

Books::Outcome SimBooks::advance(std::string_view journal, uint64_t from, uint64_t to)
{
    return call("advance", [&]() -> Outcome {
        const auto found = database_.positions.find(journal);
        if (found == database_.positions.end() || found->second != from) return BookError{BookFault::fenced, "advance"};
        found->second = to;
        return std::nullopt;
    });
}

Books::Outcome SimBooks::apply(std::span<const AccountChange> changes, int64_t, std::vector<BalanceRow>& after)
{
    for (const AccountChange& change : changes)
    {
        auto outcome = call("apply", [&]() -> Outcome {
            const auto found = database_.accounts.find({change.kind, change.id});
            if (found == database_.accounts.end()) return std::nullopt;
            found->second.balance -= change.charged;
            found->second.used += change.used;
            found->second.requests += change.requests;
            after.push_back({change.kind, change.id, found->second.balance, found->second.limited});
            return std::nullopt;
        });
        if (outcome) return outcome;
    }
    return std::nullopt;
}

Books::Outcome SimBooks::addChannelUse(int64_t channelId, int64_t quota)
{
    return call("addChannelUse", [&]() -> Outcome {
        database_.channels[channelId] += quota;
        return std::nullopt;
    });
}

Books::Outcome SimBooks::insertCharges(std::span<const ChargeRow> charges)
{
    return call("insertCharges", [&]() -> Outcome {
        for (const ChargeRow& charge : charges)
        {
            const SettleRecord& settle = *charge.settle;
            const std::string& name = settle.facts.userName;
            const int plainness = name.empty() ? 2 : name.find('?') != std::string::npos ? 1 : 0;
            if (settle.facts.requestId == unwelcome && plainness < plainEnough)
                return BookError{BookFault::rejected, "a text that the table does not take"};
            database_.rows.push_back({charge.sequence, settle.facts.requestId, settle.branch, settle.parties.userId,
                                      settle.parties.tokenId, settle.quota, charge.tokenQuota, settle.completionTokens});
            if (const auto user = database_.accounts.find({AccountKind::user, settle.parties.userId});
                user != database_.accounts.end())
                user->second.charges += settle.quota;
            if (const auto token = database_.accounts.find({AccountKind::token, settle.parties.tokenId});
                token != database_.accounts.end())
                token->second.charges += charge.tokenQuota;
        }
        return std::nullopt;
    });
}

Books::Outcome SimBooks::balance(AccountKind kind, int64_t id, std::optional<BalanceRow>& row)
{
    return call("balance", [&]() -> Outcome {
        const auto found = database_.accounts.find({kind, id});
        row.reset();
        if (found != database_.accounts.end()) row = BalanceRow{kind, id, found->second.balance, found->second.limited};
        return std::nullopt;
    });
}

Books::Outcome SimBooks::allBalances(std::vector<BalanceRow>& rows)
{
    return call("allBalances", [&]() -> Outcome {
        for (const auto& [key, account] : database_.accounts)
            rows.push_back({key.first, key.second, account.balance, account.limited});
        return std::nullopt;
    });
}

Books::Outcome SimBooks::addToBalance(AccountKind kind, int64_t id, int64_t delta)
{
    return call("addToBalance", [&]() -> Outcome {
        database_.accounts.at({kind, id}).balance += delta;
        return std::nullopt;
    });
}

Books::Outcome SimBooks::redeem(std::string_view code, int64_t, RedeemedCode& redeemed)
{
    return call("redeem", [&]() -> Outcome {
        const auto found = database_.codes.find(code);
        if (found == database_.codes.end()) return std::nullopt;
        redeemed = {found->second.state == 1   ? RedeemedCode::State::redeemed
                    : found->second.state == 3 ? RedeemedCode::State::used
                                               : RedeemedCode::State::disabled,
                    7, found->second.quota};
        if (found->second.state == 1) found->second.state = 3;
        return std::nullopt;
    });
}

Books::Outcome SimBooks::insertNote(const NoteRow& note)
{
    return call("insertNote", [&]() -> Outcome {
        database_.notes.push_back(note);
        return std::nullopt;
    });
}

Books::Outcome SimBooks::insertEntries(std::span<const Entry> entries)
{
    return call("insertEntries", [&]() -> Outcome {
        for (const Entry& entry : entries)
        {
            database_.entries.push_back(entry);
            database_.accounts.at({entry.kind, entry.id}).entries += entry.delta;
        }
        return std::nullopt;
    });
}

Books::Outcome SimBooks::lastEntry(int64_t& number)
{
    return call("lastEntry", [&]() -> Outcome {
        number = static_cast<int64_t>(database_.entries.size());
        return std::nullopt;
    });
}

Books::Outcome SimBooks::enteredSince(int64_t number, AccountKind kind, int64_t id, int64_t& sum)
{
    return call("enteredSince", [&]() -> Outcome {
        sum = 0;
        for (size_t i = static_cast<size_t>(number); i < database_.entries.size(); ++i)
            if (database_.entries[i].kind == kind && database_.entries[i].id == id && database_.entries[i].cause != "audit") sum += database_.entries[i].delta;
        return std::nullopt;
    });
}

Books::Outcome SimBooks::openAccounts(int64_t now)
{
    return call("openAccounts", [&]() -> Outcome {
        for (auto& [key, account] : database_.accounts)
        {
            if (account.opened) continue;
            const int64_t delta = account.balance + account.charges - account.entries;
            database_.entries.push_back({key.first, key.second, delta, account.balance, "opening", "", "", now});
            account.entries += delta;
            account.opened = true;
        }
        return std::nullopt;
    });
}

Books::Outcome SimBooks::hasEntry(const Entry& entry, bool& there)
{
    return call("hasEntry", [&]() -> Outcome {
        there = std::any_of(database_.entries.begin(), database_.entries.end(), [&](const Entry& e) {
            return e.kind == entry.kind && e.id == entry.id && e.delta == entry.delta && e.balanceAfter == entry.balanceAfter &&
                   e.cause == entry.cause && e.at == entry.at;
        });
        return std::nullopt;
    });
}

Books::Outcome SimBooks::moved(bool& yes)
{
    return call("moved", [&]() -> Outcome {
        asked_ = database_.foreignWrites;
        yes = asked_ != seen_;
        return std::nullopt;
    });
}

} // namespace ledger_model
