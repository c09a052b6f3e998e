// Going from plain keys to sealed ones, back, and to another sealing key.
#include "store/channel_keys.h"
#include "store/channel_keys_rows.h"
#include "store/database.h"
#include "store/key_envelope.h"
#include "store/state_repository.h"

#include <optional>

namespace switchyard::store
{

namespace
{

constexpr std::string_view kState = "channel_keys"; // `plain`, `sealed`, or `sealed ID`
constexpr std::string_view kSealed = "sealed";

std::string stateOf(const SealingKey& key) { return std::string(kSealed) + " " + key.id; }

KeyRing readOrCreate(const std::string& keyFile)
{
    auto there = KeyRing::read(keyFile);
    return there ? *there : KeyRing::create(keyFile);
}

// Not the repository: these are the stored values, and nothing else of a channel changes.
void rewrite(DbSession& session, int64_t channel, const std::string& stored)
{
    session.execute("UPDATE [channels] SET [key] = ? WHERE [id] = ?", stored, channel);
}

// Overwritten keys shall not stay readable in the file's unused parts.
void overwriteWhatIsFreed(DbSession& session)
{
    if (session.backend() == Backend::sqlite) session.executeOnce("PRAGMA secure_delete = ON");
}

void emptyWriteAheadLog(Database& database)
{
    if (database.settings().backend == Backend::sqlite) database.open()->executeOnce("PRAGMA wal_checkpoint(TRUNCATE)");
}

std::string keepFormer(const std::string& keyFile, const SealingKey& former)
{
    const std::string kept = keyFile + "." + former.id;
    KeyRing::only(former).replace(kept);
    return kept;
}

} // namespace

std::vector<KeyRow> keyRows(DbSession& session)
{
    using Fields = Poco::Tuple<Poco::Int64, std::string>;
    std::vector<KeyRow> rows;
    for (const Fields& fields :
         session.query<Fields>("SELECT [id], [key] FROM [channels] WHERE [key] <> '' ORDER BY [id]"))
        rows.push_back({fields.get<0>(), fields.get<1>()});
    return rows;
}

std::string sealingKeyId(DbSession& session)
{
    const std::string state = StateRepository(session).get(kState);
    return state.starts_with(kSealed) && state.size() > kSealed.size() ? state.substr(kSealed.size() + 1) : "";
}

void sealFromTheStart(DbSession& session) { StateRepository(session).set(kState, kSealed); }

bool makeFirstKey(Database& database, const std::string& keyFile)
{
    const auto wanted = [](DbSession& session) { return StateRepository(session).get(kState) == kSealed; };
    if (!database.read(wanted)) return false;
    const KeyRing ring = readOrCreate(keyFile);
    return database.write(
        [&](DbSession& session)
        {
            if (!wanted(session)) return false; // another process was faster, with the same file
            StateRepository(session).set(kState, stateOf(ring.current()));
            return true;
        });
}

KeysChanged encryptChannelKeys(Database& database, const std::string& keyFile)
{
    const ChannelKeys keys(keyFile);
    const KeyRing ring = readOrCreate(keyFile); // on the disk before anything is sealed with it
    KeysChanged changed;
    database.write(
        [&](DbSession& session)
        {
            overwriteWhatIsFreed(session);
            if (sealingKeyId(session).empty()) StateRepository(session).set(kState, stateOf(ring.current()));
            keys.follow(session);
            for (const KeyRow& row : keyRows(session))
            {
                if (isSealed(row.stored))
                {
                    keys.open(row.stored); // it must not turn out later that this one cannot be opened
                    continue;
                }
                rewrite(session, row.channel, keys.seal(row.stored));
                ++changed.channels;
            }
        });
    emptyWriteAheadLog(database);
    return changed;
}

KeysChanged decryptChannelKeys(Database& database, const std::string& keyFile)
{
    const ChannelKeys keys(keyFile);
    KeysChanged changed;
    database.write(
        [&](DbSession& session)
        {
            for (const KeyRow& row : keyRows(session))
            {
                if (!isSealed(row.stored)) continue;
                rewrite(session, row.channel, keys.open(row.stored));
                ++changed.channels;
            }
            StateRepository(session).set(kState, "plain");
        });
    return changed;
}

KeysChanged rotateSealingKey(Database& database, const std::string& keyFile)
{
    const auto keyInUse = [](DbSession& session)
    {
        std::string id = sealingKeyId(session);
        if (id.empty())
            throw Poco::IllegalStateException(
                "channel keys are not sealed in this database: there is nothing to rotate. `switchyard keys encrypt` "
                "seals them");
        return id;
    };
    const std::string inUse = database.read(keyInUse);
    const auto former = KeyRing::read(keyFile);
    const SealingKey* formerKey = former ? former->find(inUse) : nullptr;
    if (!formerKey)
        throw KeyUnreadable("the key file " + keyFile + " with the key " + inUse +
                            " is not there: name it with --key-file");
    KeysChanged changed;
    changed.keptFile = keepFormer(keyFile, *formerKey);
    // While both are in the file, whoever reads the database before or after the transaction can open what is there.
    const KeyRing both = former->withCurrent(SealingKey::random());
    both.replace(keyFile);
    database.write(
        [&](DbSession& session)
        {
            if (keyInUse(session) != inUse) // a rotation beside this one may just be taking its key from the file
                throw Poco::IllegalStateException("another process has changed the sealing key: look, and try again");
            overwriteWhatIsFreed(session);
            for (const KeyRow& row : keyRows(session))
            {
                const SealingKey* key = both.find(sealedBy(row.stored));
                const auto resealed = key ? resealText(*key, both.current(), row.stored) : std::nullopt;
                if (isSealed(row.stored) && !resealed)
                    throw KeyUnreadable("channel " + std::to_string(row.channel) +
                                        ": its key cannot be opened with the key file " + keyFile +
                                        "; nothing has been changed");
                rewrite(session, row.channel, resealed ? *resealed : sealText(both.current(), row.stored));
                ++changed.channels;
            }
            StateRepository(session).set(kState, stateOf(both.current()));
        });
    KeyRing::only(both.current()).replace(keyFile);
    emptyWriteAheadLog(database);
    return changed;
}

KeysStatus channelKeysStatus(Database& database)
{
    return database.read(
        [](DbSession& session)
        {
            KeysStatus status;
            status.sealingWith = sealingKeyId(session);
            status.sealing = StateRepository(session).get(kState).starts_with(kSealed);
            for (const KeyRow& row : keyRows(session))
                ++(isSealed(row.stored) ? status.sealed : status.plain);
            status.none =
                static_cast<size_t>(session.number("SELECT COUNT(*) FROM [channels]")) - status.sealed - status.plain;
            return status;
        });
}

} // namespace switchyard::store
