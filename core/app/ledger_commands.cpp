#include "app/ledger_commands.h"

#include "app/command.h"
#include "app/open_store.h"
#include "app/table_text.h"
#include "base/clock.h"
#include "ledger/explain.h"
#include "store/database.h"
#include "store/ledger_repository.h"

#include <Poco/Exception.h>

namespace switchyard::app
{

namespace
{

using ledger::Explanation;
using store::AccountBooks;
using store::AccountKind;
using store::DbSession;
using store::LedgerRepository;
using store::LogRow;

std::string nameOf(AccountKind kind) { return kind == AccountKind::user ? "user" : "token"; }

int64_t missingIn(const AccountBooks& account) { return account.column - (account.opening + account.entries - account.charges); }

} // namespace

int ledgerExplain(Invocation& invocation)
{
    telemetry::Logger log(commandLog(invocation.config()));
    const auto database = openStore(invocation.config(), log, invocation.err);
    const std::string& id = invocation.arguments[0];
    const std::vector<LogRow> rows = database->read([&](DbSession& session) { return LedgerRepository(session).logsOfRequest(id); });
    if (rows.empty()) throw Poco::NotFoundException("no row of request " + id + "; what is not applied yet has none");
    bool agree = true;
    for (const LogRow& row : rows)
    {
        const Explanation explanation = ledger::explainRow(row);
        invocation.out << "row " << row.id << ": user " << row.userId << " (" << row.userName << "), token " << row.tokenId << " ("
                       << row.tokenName << "), model " << row.modelName << ", channel " << row.channelId << "\n";
        for (const std::string& line : explanation.lines)
            invocation.out << "  " << line << "\n";
        if (explanation.verdict == Explanation::Verdict::agrees)
            invocation.out << "  recomputed: " << explanation.due << ", as charged\n";
        else
            invocation.out << "  not explained: " << explanation.why << "\n";
        agree = agree && explanation.verdict == Explanation::Verdict::agrees;
    }
    return agree ? kExitOk : kExitFailure;
}

int ledgerAudit(Invocation& invocation)
{
    telemetry::Logger log(commandLog(invocation.config()));
    const auto database = openStore(invocation.config(), log, invocation.err);
    const bool enter = invocation.has("enter");
    std::vector<std::vector<std::string>> table{{"ACCOUNT", "ID", "OPENING", "ENTRIES", "CHARGES", "COLUMN", "DIFFERENCE"}};
    size_t accounts = 0;
    const auto look = [&](DbSession& session) {
        LedgerRepository repository(session);
        std::vector<store::LedgerEntry> entries;
        for (const AccountBooks& account : repository.books())
        {
            ++accounts;
            const int64_t missing = missingIn(account);
            if (missing == 0) continue;
            table.push_back({nameOf(account.kind), std::to_string(account.id), account.opened ? std::to_string(account.opening) : "none",
                             std::to_string(account.entries), std::to_string(account.charges), std::to_string(account.column),
                             std::to_string(missing)});
            entries.push_back({0, account.kind, account.id, missing, account.column, "audit", "", "switchyard ledger audit", unixMillis()});
        }
        if (enter) repository.insertEntries(entries);
    };
    if (enter)
        database->write(look);
    else
        database->read(look);
    const size_t differences = table.size() - 1;
    if (differences == 0)
    {
        invocation.out << "the books of all " << accounts << " accounts are right: opening + entries - charges = balance\n";
        return kExitOk;
    }
    printTable(invocation.out, table);
    invocation.err << differences << " of " << accounts << " accounts have points that nobody entered"
                   << (enter ? "; they are entered now, no balance has moved\n"
                             : ": somebody changed balances while the gateway was not looking. `switchyard ledger audit --enter` writes "
                               "the differences into the books\n");
    return enter ? kExitOk : kExitFailure;
}

} // namespace switchyard::app
