// The books in the product's database.
#pragma once

#include "ledger/writer/books.h"
#include "store/writer_session.h"

namespace switchyard::ledger
{

/// Keeps a session of its own; its commits are synced to the disk. [one thread]
class StoreBooks final : public Books
{
public:
    /// `node` becomes `logs.node`: the journal's id. `database` outlives this.
    StoreBooks(store::Database& database, std::string node);

    Outcome begin() override;
    Outcome commit() override;
    void abandon() noexcept override;
    Outcome position(std::string_view journal, std::optional<uint64_t>& sequence) override;
    Outcome addPosition(std::string_view journal) override;
    Outcome advance(std::string_view journal, uint64_t from, uint64_t to) override;
    Outcome apply(std::span<const AccountChange> changes, int64_t now, std::vector<BalanceRow>& after) override;
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
    Outcome openAccounts(int64_t now) override;
    Outcome hasEntry(const Entry& entry, bool& there) override;
    Outcome moved(bool& yes) override;

private:
    template <class Work>
    Outcome guarded(Work&& work);

    store::WriterSession writer_;
    store::DbSession* session_ = nullptr; ///< of the open transaction
    const std::string node_;
    int64_t epoch_ = 0;
};

} // namespace switchyard::ledger
