#include "ledger/writer/store_books.h"

#include "ledger/row_detail.h"
#include "store/database_error.h"
#include "store/ledger_repository.h"
#include "store/redemption_repository.h"

#include <algorithm>
#include <cstdio>

namespace switchyard::ledger
{

namespace
{

store::AccountKind stored(AccountKind kind) noexcept
{
    return kind == AccountKind::user ? store::AccountKind::user : store::AccountKind::token;
}

store::LedgerEntry stored(const Entry& entry)
{
    return {0,           stored(entry.kind), entry.id,        entry.delta, entry.balanceAfter,
            entry.cause, entry.who,          entry.reference, entry.at};
}

/// What One API's pages show: the three ratios.
std::string contentOf(const SettleRecord& settle)
{
    const auto ratios = leadingRatios(settle.facts.detail);
    if (!ratios) return {};
    char text[128];
    std::snprintf(text, sizeof text, "倍率：%.2f × %.2f × %.2f", ratios->model, ratios->group, ratios->completion);
    return text;
}

store::LogRow rowOf(const ChargeRow& charge, const std::string& node)
{
    const SettleRecord& settle = *charge.settle;
    const RowFacts& facts = settle.facts;
    store::LogRow row;
    row.userId = settle.parties.userId;
    row.createdAt = facts.createdAt / 1000;
    row.type = store::LogType::consumed;
    row.content = contentOf(settle);
    row.userName = facts.userName;
    row.tokenName = facts.tokenName;
    row.modelName = facts.model;
    row.quota = settle.quota;
    row.promptTokens = settle.promptTokens;
    row.completionTokens = settle.completionTokens;
    row.channelId = settle.parties.channelId;
    row.requestId = facts.requestId;
    row.elapsedMs = facts.elapsedMs;
    row.stream = facts.stream;
    row.systemPromptReset = facts.systemPromptReset;
    row.branch = settle.branch;
    row.usageSource = settle.usageSource;
    row.unpaid = settle.unpaid;
    row.held = settle.held;
    row.cachedTokens = settle.cachedTokens;
    row.reasoningTokens = settle.reasoningTokens;
    row.tokenId = settle.parties.tokenId;
    row.tokenQuota = charge.tokenQuota;
    row.node = node;
    row.journalSeq = static_cast<int64_t>(charge.sequence);
    row.upstreamId = facts.upstreamId;
    row.finish = facts.finish;
    row.detail = facts.detail;
    return row;
}

BookFault faultOf(const Poco::Exception& error)
{
    switch (store::faultOf(error))
    {
    case store::WriteFault::busy: return BookFault::busy;
    case store::WriteFault::rejected: return BookFault::rejected;
    case store::WriteFault::lost: break;
    }
    return BookFault::lost;
}

} // namespace

StoreBooks::StoreBooks(store::Database& database, std::string node) : writer_(database), node_(std::move(node)) {}

template <class Work>
Books::Outcome StoreBooks::guarded(Work&& work)
{
    try
    {
        if constexpr (std::is_same_v<std::invoke_result_t<Work>, Outcome>)
            return work();
        else
        {
            work();
            return std::nullopt;
        }
    }
    catch (const Poco::Exception& error)
    {
        return BookError{faultOf(error), error.displayText()};
    }
}

Books::Outcome StoreBooks::begin()
{
    return guarded([&] { session_ = &writer_.begin(); });
}

Books::Outcome StoreBooks::commit()
{
    session_ = nullptr;
    return guarded([&] { writer_.commit(); });
}

void StoreBooks::abandon() noexcept
{
    session_ = nullptr;
    writer_.abandon();
}

Books::Outcome StoreBooks::position(std::string_view journal, std::optional<uint64_t>& sequence)
{
    return guarded([&] {
        const auto found = store::LedgerRepository(*session_).positionOf(journal);
        sequence = found ? std::optional(static_cast<uint64_t>(found->seq)) : std::nullopt;
        if (found) epoch_ = found->epoch;
    });
}

Books::Outcome StoreBooks::addPosition(std::string_view journal)
{
    return guarded([&] { store::LedgerRepository(*session_).addPosition(journal, epoch_); });
}

Books::Outcome StoreBooks::advance(std::string_view journal, uint64_t from, uint64_t to)
{
    return guarded([&]() -> Outcome {
        if (store::LedgerRepository(*session_).advancePosition(journal, epoch_, static_cast<int64_t>(from), static_cast<int64_t>(to)))
            return std::nullopt;
        return BookError{BookFault::fenced, "the position of journal " + std::string(journal) + " is not at " + std::to_string(from)};
    });
}

Books::Outcome StoreBooks::apply(std::span<const AccountChange> changes, int64_t now, std::vector<BalanceRow>& after)
{
    return guarded([&] {
        store::LedgerRepository repository(*session_);
        for (const AccountChange& change : changes)
        {
            const auto balance = change.kind == AccountKind::user
                                     ? repository.applyToUser(change.id, -change.charged, change.used, change.requests)
                                     : repository.applyToToken(change.id, -change.charged, change.used, now / 1000);
            if (balance) after.push_back({change.kind, change.id, *balance, true});
        }
    });
}

Books::Outcome StoreBooks::addChannelUse(int64_t channelId, int64_t quota)
{
    return guarded([&] { store::LedgerRepository(*session_).addChannelUse(channelId, quota); });
}

Books::Outcome StoreBooks::insertCharges(std::span<const ChargeRow> charges)
{
    return guarded([&] {
        std::vector<store::LogRow> rows;
        rows.reserve(charges.size());
        for (const ChargeRow& charge : charges)
            rows.push_back(rowOf(charge, node_));
        store::LedgerRepository(*session_).insertLogs(rows);
    });
}

Books::Outcome StoreBooks::balance(AccountKind kind, int64_t id, std::optional<BalanceRow>& row)
{
    return guarded([&] {
        store::LedgerRepository repository(*session_);
        row.reset();
        if (kind == AccountKind::user)
        {
            if (const auto balance = repository.readUserBalance(id)) row = BalanceRow{kind, id, *balance, true};
        }
        else if (const auto token = repository.readTokenBalance(id))
            row = BalanceRow{kind, id, token->remainQuota, !token->unlimited};
    });
}

Books::Outcome StoreBooks::allBalances(std::vector<BalanceRow>& rows)
{
    return guarded([&] {
        const store::Balances all = store::LedgerRepository(*session_).balances();
        rows.reserve(all.users.size() + all.tokens.size());
        for (const store::UserBalance& user : all.users)
            rows.push_back({AccountKind::user, user.id, user.quota, true});
        for (const store::TokenBalance& token : all.tokens)
            rows.push_back({AccountKind::token, token.id, token.remainQuota, !token.unlimited});
    });
}

Books::Outcome StoreBooks::addToBalance(AccountKind kind, int64_t id, int64_t delta)
{
    return guarded([&] { store::LedgerRepository(*session_).addToBalance(stored(kind), id, delta); });
}

Books::Outcome StoreBooks::redeem(std::string_view code, int64_t now, RedeemedCode& redeemed)
{
    return guarded([&] {
        store::RedemptionRepository codes(*session_);
        const auto found = codes.findByKey(code);
        if (!found) return;
        redeemed.id = found->id;
        redeemed.quota = found->quota;
        redeemed.state = found->status == store::RedemptionStatus::used       ? RedeemedCode::State::used
                         : found->status != store::RedemptionStatus::unused   ? RedeemedCode::State::disabled
                         : codes.use(found->id, now / 1000)                   ? RedeemedCode::State::redeemed
                                                                              : RedeemedCode::State::used;
    });
}

Books::Outcome StoreBooks::insertNote(const NoteRow& note)
{
    return guarded([&] {
        store::LogRow row;
        row.userId = note.userId;
        row.createdAt = note.at / 1000;
        row.type = static_cast<store::LogType>(note.type);
        row.userName = note.userName;
        row.content = note.content;
        row.quota = note.quota;
        store::LedgerRepository(*session_).insertLogs({&row, 1});
    });
}

Books::Outcome StoreBooks::insertEntries(std::span<const Entry> entries)
{
    return guarded([&] {
        std::vector<store::LedgerEntry> rows;
        rows.reserve(entries.size());
        for (const Entry& entry : entries)
            rows.push_back(stored(entry));
        store::LedgerRepository(*session_).insertEntries(rows);
    });
}

Books::Outcome StoreBooks::lastEntry(int64_t& number)
{
    return guarded([&] { number = store::LedgerRepository(*session_).lastEntry(); });
}

Books::Outcome StoreBooks::enteredSince(int64_t number, AccountKind kind, int64_t id, int64_t& sum)
{
    return guarded([&] { sum = store::LedgerRepository(*session_).enteredSince(number, stored(kind), id); });
}

Books::Outcome StoreBooks::openAccounts(int64_t now)
{
    return guarded([&] { store::LedgerRepository(*session_).openAccounts(now); });
}

Books::Outcome StoreBooks::hasEntry(const Entry& entry, bool& there)
{
    return guarded([&] { there = store::LedgerRepository(*session_).hasEntry(stored(entry)); });
}

Books::Outcome StoreBooks::moved(bool& yes)
{
    return guarded([&] { yes = writer_.othersHaveWritten(); });
}

} // namespace switchyard::ledger
