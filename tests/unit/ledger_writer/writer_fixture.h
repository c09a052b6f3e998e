// Records, and a writer over books in memory.
#pragma once

#include "sim_books.h"

#include "ledger/holds/hold.h"
#include "ledger/writer/ledger_writer.h"

#include <string>
#include <vector>

namespace writer_fixture
{

using namespace switchyard::ledger;
using ledger_model::SimAccount;
using ledger_model::SimBooks;
using ledger_model::SimDatabase;

inline constexpr int64_t kUser = 1, kToken = 5, kFree = 6; ///< kFree: an unlimited token of the same user
inline constexpr int64_t kNow = 1'700'000'000'000;

inline Numbered settle(uint64_t sequence, int64_t quota, int64_t token = kToken)
{
    SettleRecord record;
    record.parties = {kUser, token, token == kToken, 3};
    record.facts.requestId = "r" + std::to_string(sequence);
    record.facts.userName = "zo\xC3\xAB";
    record.facts.createdAt = kNow;
    record.quota = quota;
    record.branch = "usage";
    record.usageSource = "reported";
    return {sequence, kNow, record};
}

struct Heard : WriterEvents
{
    std::vector<Entry> foreign;
    std::vector<uint64_t> mended;
    int troubles = 0;
    void foreignChange(const Entry& entry) override { foreign.push_back(entry); }
    void rowMended(const SettleRecord&, uint64_t sequence, const std::string&) override { mended.push_back(sequence); }
    void bookTrouble(const BookError&) override { ++troubles; }
};

/// The writer of one process over a database that outlives it.
struct Gateway
{
    explicit Gateway(SimDatabase& database) : books(database), writer(books, heard, "j") {}

    SimBooks books;
    Heard heard;
    LedgerWriter writer;

    AccountPtr user() { return writer.accounts()->user(kUser); }
    AccountPtr token() { return writer.accounts()->token(kToken); }
    JobAnswer run(BalanceJob job)
    {
        JobAnswer answer;
        while (writer.run(job, kNow, answer) != Step::done)
            ;
        return answer;
    }
};

inline SimDatabase usual()
{
    SimDatabase database;
    database.add(AccountKind::user, kUser, 1000);
    database.add(AccountKind::token, kToken, 400);
    database.add(AccountKind::token, kFree, 0, false);
    return database;
}

inline BalanceJob topUp(int64_t amount)
{
    BalanceJob job;
    job.id = kUser;
    job.amount = amount;
    job.cause = "topup";
    job.who = "root";
    job.reference = "bill 7";
    return job;
}

/// What is wrong with the books; empty: nothing.
inline std::string audit(const SimDatabase& database)
{
    for (const auto& [key, account] : database.accounts)
        if (account.entries - account.charges != account.balance) return "the books of " + std::to_string(key.second) + " are not right";
    return {};
}

} // namespace writer_fixture
