#include "app/journal_commands.h"

#include "app/command.h"
#include "ledger/journal/disk_posix.h"
#include "ledger/journal/journal_repair.h"
#include "ledger/journal/journal_tool.h"

namespace switchyard::app
{

namespace
{

template <class T>
T taken(Result<T, ledger::DiskError> result)
{
    if (!result) throw Poco::IOException(result.error().what);
    return std::move(*result);
}

std::unique_ptr<ledger::PosixDisk> journalDisk(const Invocation& invocation)
{
    return taken(ledger::PosixDisk::at(invocation.config().journalDirectory, false));
}

} // namespace

int journalVerify(Invocation& invocation)
{
    return taken(ledger::verifyJournal(*journalDisk(invocation), invocation.out)) ? kExitOk : kExitFailure;
}

int journalDump(Invocation& invocation)
{
    const ledger::Recovery recovery = taken(ledger::dumpJournal(*journalDisk(invocation), invocation.out));
    if (!recovery.damage) return kExitOk;
    invocation.err << "switchyard: not beyond record " << recovery.last << ": " << recovery.damage->file << " at "
                   << recovery.damage->offset << ": " << recovery.damage->what << "\n";
    return kExitFailure;
}

int journalRepair(Invocation& invocation)
{
    if (!invocation.has("accept-loss"))
        throw UsageError("records that cannot be read are given up, and nobody is charged for them: say --accept-loss; "
                         "`switchyard journal verify` shows what is concerned");
    const auto repaired = taken(ledger::repairJournal(*journalDisk(invocation)));
    for (const ledger::RepairedFile& file : repaired)
    {
        invocation.out << "repaired " << file.name << " (as it was: " << file.keptAs << "): ";
        if (file.lost == 0)
            invocation.out << "no record between readable ones is lost\n";
        else
            invocation.out << file.lost << " record(s) given up, the first is number " << file.firstLost << "\n";
    }
    if (repaired.empty()) invocation.out << "nothing to repair\n";
    return kExitOk;
}

int journalApply(Invocation& invocation)
{
    if (invocation.hooks.applyJournal) return invocation.hooks.applyJournal(invocation.config(), invocation.out);
    invocation.err << "switchyard: this build cannot apply a journal\n";
    return kExitFailure;
}

} // namespace switchyard::app
