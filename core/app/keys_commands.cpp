#include "app/keys_commands.h"

#include "app/command.h"
#include "app/open_store.h"
#include "store/channel_keys.h"
#include "store/database.h"

namespace switchyard::app
{

namespace
{

const char* const kOneApiCannot =
    "After this One API cannot use the channels of this database: it would send the sealed texts as keys. "
    "`switchyard keys decrypt` goes back. Whoever loses the key file loses the keys: copy it, apart from the database. "
    "Backups made so far still hold the keys in clear.\n";

void printCount(std::ostream& out, size_t channels, const char* what)
{
    out << channels << (channels == 1 ? " channel's key " : " channels' keys ") << what << "\n";
}

} // namespace

int keysStatus(Invocation& invocation)
{
    telemetry::Logger log(commandLog(invocation.config()));
    const auto database = openStore(invocation.config(), log, invocation.err);
    const store::KeysStatus status = store::channelKeysStatus(*database);
    invocation.out << "new keys are " << (status.sealing ? "sealed" : "kept in clear")
                   << (status.sealingWith.empty() ? "" : " with key " + status.sealingWith) << "\n"
                   << "key file: " << invocation.config().keyFile << "\n"
                   << "channels: " << status.sealed << " sealed, " << status.plain << " in clear, " << status.none
                   << " without a key\n";
    return kExitOk;
}

int keysEncrypt(Invocation& invocation)
{
    telemetry::Logger log(commandLog(invocation.config()));
    const auto database = openStore(invocation.config(), log, invocation.err);
    const std::string& file = invocation.config().keyFile;
    if (!store::channelKeysStatus(*database).sealing)
    {
        invocation.err << kOneApiCannot;
        if (!invocation.has("yes"))
        {
            invocation.err << "Nothing has been changed. `switchyard keys encrypt --yes` does it.\n";
            return kExitFailure;
        }
    }
    const store::KeysChanged changed = store::encryptChannelKeys(*database, file);
    printCount(invocation.out, changed.channels, "sealed");
    invocation.out << "key file: " << file << "\n";
    return kExitOk;
}

int keysDecrypt(Invocation& invocation)
{
    telemetry::Logger log(commandLog(invocation.config()));
    const auto database = openStore(invocation.config(), log, invocation.err);
    const store::KeysChanged changed = store::decryptChannelKeys(*database, invocation.config().keyFile);
    printCount(invocation.out, changed.channels, "in clear again; new ones stay so");
    return kExitOk;
}

int keysRotate(Invocation& invocation)
{
    telemetry::Logger log(commandLog(invocation.config()));
    const auto database = openStore(invocation.config(), log, invocation.err);
    const store::KeysChanged changed = store::rotateSealingKey(*database, invocation.config().keyFile);
    printCount(invocation.out, changed.channels, "sealed with a new key");
    invocation.out << "key file: " << invocation.config().keyFile << "\nBackups of the database from before need "
                   << changed.keptFile << ": delete it when there are none.\n";
    return kExitOk;
}

} // namespace switchyard::app
