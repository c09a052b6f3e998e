// The books in the product's database.
#pragma once

#include "ledger/writer/books.h"
#include "store/ledger_repository.h"

#include <memory>

namespace switchyard::store
{
class Database;
class DbSession;
}

namespace switchyard::ledger
{

/// Keeps a session of its own with its prepared statements; its commits are synced to the disk. After a fault the session is
/// closed and the next begin() opens another. [one thread]
class StoreBooks final : public Books
{
public:
    /// `node` becomes `logs.node`: the journal's id. `database` outlives this.
    StoreBooks(store::Database& database, std::string node);
    ~StoreBooks() override;

    Outcome begin() override;
    Outcome beginRead() override;
    Outcome commit() override;
    void abandon() noexcept override;
    Outcome position(std::string_view journal, std::optional<uint64_t>& sequence) override;
    Outcome addPosition(std::string_view journal) override;
    Outcome advance(std::string_view journal, uint64_t from, uint64_t to) override;
    Outcome apply(std::span<const AccountChange> changes, std::vector<BalanceRow>& after) override;
    Outcome addChannelUse(int64_t channelId, int64_t quota) override;
    Outcome insertCharges(std::span<const ChargeRow> charges) override;
    Outcome balance(AccountKind kind, int64_t id, std::optional<BalanceRow>& row) override;
    Outcome allBalances(std::vector<BalanceRow>& rows) override;
    Outcome addToBalance(AccountKind kind, int64_t id, int64_t delta) override;
    Outcome redeem(std::string_view code, int64_t now, RedeemedCode& redeemed) override;
    Outcome insertNote(const NoteRow& note) override;
    Outcome insertEntries(std::span<const Entry> entries) override;
    Outcome lastEntry(int64_t& number) override;
    Outcome enteredSince(int64_t number, AccountKind kind, int64_t id, int64_t& sum) override;
    Outcome hasEntry(const Entry& entry, bool& there) override;
    Outcome moved(bool& yes) override;

private:
    template <class Work>
    Outcome guarded(Work&& work);
    store::DbSession& session();

    store::Database& database_;
    const std::string node_;
    std::unique_ptr<store::DbSession> session_;
    bool began_ = false;
    int64_t epoch_ = 0;
    int64_t version_ = -1; ///< data_version as last seen
};

} // namespace switchyard::ledger
