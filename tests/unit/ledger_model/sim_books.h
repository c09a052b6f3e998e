// A database in memory with transactions, as the writer sees it: each call can fail, and the process can die before or after it.
#pragma once

#include "ledger/writer/books.h"

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace ledger_model
{

using switchyard::ledger::AccountKind;
using Key = std::pair<AccountKind, int64_t>;

struct SimAccount
{
    int64_t balance = 0;
    int64_t used = 0;
    int64_t requests = 0;
    int64_t charges = 0; ///< sum of its rows
    int64_t entries = 0; ///< sum of its entries
    bool limited = true;
    bool opened = false;
};

struct SimRow
{
    uint64_t sequence = 0;
    std::string requestId, branch;
    int64_t userId = 0, tokenId = 0, quota = 0, tokenQuota = 0, completion = 0;
};

/// What a fault may leave behind that it should not.
struct SimShortcuts
{
    bool positionApart = false; ///< the position is committed at once
    bool rowsApart = false;     ///< rows of `logs` are committed at once
};

class SimDatabase
{
public:
    std::map<Key, SimAccount> accounts;
    std::map<std::string, uint64_t, std::less<>> positions;
    std::vector<switchyard::ledger::Entry> entries; ///< the number of one is its place, from 1
    std::vector<SimRow> rows;
    std::map<int64_t, int64_t> channels;
    struct Code
    {
        int state = 1; ///< 1 enabled, 2 disabled, 3 used
        int64_t quota = 0;
    };
    std::map<std::string, Code, std::less<>> codes;
    std::vector<switchyard::ledger::NoteRow> notes;
    uint64_t foreignWrites = 0;

    void add(AccountKind kind, int64_t id, int64_t balance, bool limited = true)
    {
        SimAccount& account = accounts[{kind, id}];
        account.balance = balance;
        account.limited = limited;
        ++foreignWrites;
    }
    /// By somebody who knows nothing of us.
    void foreign(AccountKind kind, int64_t id, int64_t delta)
    {
        accounts.at({kind, id}).balance += delta;
        ++foreignWrites;
    }
    /// `switchyard ledger audit --enter`: differences become entries that move no balance.
    void audit()
    {
        for (auto& [key, account] : accounts)
        {
            const int64_t difference = account.balance - (account.entries - account.charges);
            if (difference == 0 || !account.opened) continue;
            entries.push_back({key.first, key.second, difference, account.balance, "audit", "", "", 0});
            account.entries += difference;
        }
    }
    /// By somebody of ours on another connection.
    void enter(switchyard::ledger::Entry entry)
    {
        SimAccount& account = accounts.at({entry.kind, entry.id});
        account.balance += entry.delta;
        account.entries += entry.delta;
        entry.balanceAfter = account.balance;
        entries.push_back(std::move(entry));
        ++foreignWrites;
    }
};

/// The process has died in this call.
struct Died
{
};

enum class Fate : uint8_t
{
    goesWell,
    isBusy,
    isLost,     ///< the connection; at a commit: it has not happened
    isRejected,
    happensAndIsLost, ///< at a commit: it has happened, and nobody was told
    diesBefore,
    diesAfter
};

class SimBooks final : public switchyard::ledger::Books
{
public:
    using Entry = switchyard::ledger::Entry;

    /// Asked before each call, by its name.
    using Oracle = std::function<Fate(const char* call)>;

    explicit SimBooks(SimDatabase& database, SimShortcuts shortcuts = {}) : database_(database), shortcuts_(shortcuts) {}
    /// The same session on a copy of its database, between two transactions.
    SimBooks(const SimBooks& from, SimDatabase& database)
        : database_(database), shortcuts_(from.shortcuts_), seen_(from.seen_), asked_(from.asked_)
    {
    }
    ~SimBooks() override { abandon(); }
    void setOracle(Oracle oracle) { oracle_ = std::move(oracle); }
    /// The rows of this request go in only with texts as plain as this: 0 whole, 1 plain, 2 none, 3 not at all.
    std::string unwelcome;
    int plainEnough = 0;

    Outcome begin() override;
    Outcome commit() override;
    void abandon() noexcept override;
    Outcome position(std::string_view journal, std::optional<uint64_t>& sequence) override;
    Outcome addPosition(std::string_view journal) override;
    Outcome advance(std::string_view journal, uint64_t from, uint64_t to) override;
    Outcome apply(std::span<const switchyard::ledger::AccountChange> changes, int64_t now,
                  std::vector<switchyard::ledger::BalanceRow>& after) override;
    Outcome addChannelUse(int64_t channelId, int64_t quota) override;
    Outcome insertCharges(std::span<const switchyard::ledger::ChargeRow> charges) override;
    Outcome balance(AccountKind kind, int64_t id, std::optional<switchyard::ledger::BalanceRow>& row) override;
    Outcome allBalances(std::vector<switchyard::ledger::BalanceRow>& rows) override;
    Outcome addToBalance(AccountKind kind, int64_t id, int64_t delta) override;
    Outcome redeem(std::string_view code, int64_t now, switchyard::ledger::RedeemedCode& redeemed) override;
    Outcome insertNote(const switchyard::ledger::NoteRow& note) override;
    Outcome insertEntries(std::span<const Entry> entries) override;
    Outcome lastEntry(int64_t& number) override;
    Outcome enteredSince(int64_t number, AccountKind kind, int64_t id, int64_t& sum) override;
    Outcome openAccounts(int64_t now) override;
    Outcome hasEntry(const Entry& entry, bool& there) override;
    Outcome moved(bool& yes) override;

private:
    struct Saved
    {
        std::map<Key, SimAccount> accounts;
        std::map<std::string, uint64_t, std::less<>> positions;
        size_t entries = 0, rows = 0, notes = 0;
        std::map<int64_t, int64_t> channels;
        std::map<std::string, SimDatabase::Code, std::less<>> codes;
    };
    template <class Work>
    Outcome call(const char* name, Work&& work);

    SimDatabase& database_;
    SimShortcuts shortcuts_;
    Oracle oracle_;
    std::optional<Saved> saved_; ///< what a roll-back brings back
    uint64_t seen_ = UINT64_MAX;
    uint64_t asked_ = UINT64_MAX;
};

} // namespace ledger_model
