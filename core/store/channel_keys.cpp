#include "store/channel_keys.h"

#include "store/channel_keys_rows.h"
#include "store/database.h"
#include "store/key_envelope.h"
#include "telemetry/log.h"

#include <sys/stat.h>
#include <typeinfo>

namespace switchyard::store
{

POCO_IMPLEMENT_EXCEPTION(KeyUnreadable, Poco::RuntimeException, "A key cannot be opened")

namespace
{

[[noreturn]] void refuse(const std::string& keyFile, std::string_view keyId, bool fileThere)
{
    throw KeyUnreadable(
        (fileThere ? "the key file " + keyFile + " does not hold the key "
                   : "there is no key file " + keyFile + " with the key ") +
        std::string(keyId) +
        " that channel keys in this database are sealed with. Put the right file there, or name it with --key-file "
        "(SWITCHYARD_KEY_FILE). If it is lost, so are those keys: remove these channels and add them again");
}

void warnIfOthersCanRead(const std::string& keyFile, telemetry::Logger& log)
{
    struct stat status
    {
    };
    if (stat(keyFile.c_str(), &status) == 0 && (status.st_mode & 0077) != 0)
        log.warning("other users may read the key file: chmod 600 it", {{"file", keyFile}});
}

} // namespace

ChannelKeys::RingPtr ChannelKeys::ring() const
{
    {
        const std::lock_guard lock(mutex_);
        if (ring_) return ring_;
    }
    return readAgain();
}

ChannelKeys::RingPtr ChannelKeys::readAgain() const
{
    auto read = KeyRing::read(keyFile_);
    RingPtr fresh = read ? std::make_shared<const KeyRing>(std::move(*read)) : nullptr;
    const std::lock_guard lock(mutex_);
    return ring_ = fresh;
}

std::string ChannelKeys::seal(std::string_view plain) const
{
    if (isSealed(plain))
        throw Poco::InvalidArgumentException("a channel's key may not begin with `" + std::string(kSealedPrefix) + "`");
    std::string with;
    {
        const std::lock_guard lock(mutex_);
        with = sealingWith_;
    }
    if (with.empty() || plain.empty()) return std::string(plain);
    const RingPtr keys = ring();
    const SealingKey* key = keys ? keys->find(with) : nullptr;
    if (!key) refuse(keyFile_, with, keys != nullptr);
    return sealText(*key, plain);
}

std::string ChannelKeys::open(std::string_view stored) const
{
    if (!isSealed(stored)) return std::string(stored);
    const std::string_view id = sealedBy(stored);
    RingPtr keys = ring();
    if (!keys || !keys->find(id)) keys = readAgain(); // another process may have rotated
    const SealingKey* key = keys ? keys->find(id) : nullptr;
    if (!key) refuse(keyFile_, id, keys != nullptr);
    if (auto plain = openText(*key, stored)) return std::move(*plain);
    throw KeyUnreadable("a sealed key has been changed since it was sealed: set the channel's key anew");
}

void ChannelKeys::follow(DbSession& session) const
{
    const std::string with = sealingKeyId(session);
    {
        const std::lock_guard lock(mutex_);
        if (with == sealingWith_) return;
        sealingWith_ = with;
        if (with.empty() || (ring_ && ring_->find(with))) return;
    }
    readAgain();
}

std::unique_ptr<ChannelKeys> openChannelKeys(Database& database, const std::string& keyFile, telemetry::Logger& log)
{
    if (makeFirstKey(database, keyFile))
        log.info("channel keys are sealed; keep a copy of the key file, apart from the database's",
                 {{"file", keyFile}});
    auto keys = std::make_unique<ChannelKeys>(keyFile);
    const auto rows = database.read(
        [&](DbSession& session)
        {
            keys->follow(session);
            return keyRows(session);
        });
    bool sealed = false;
    for (const KeyRow& row : rows)
    {
        try
        {
            keys->open(row.stored);
        }
        catch (const KeyUnreadable& e)
        {
            throw KeyUnreadable("channel " + std::to_string(row.channel) + ": " + e.message());
        }
        sealed = sealed || isSealed(row.stored);
    }
    if (sealed) warnIfOthersCanRead(keyFile, log);
    return keys;
}

} // namespace switchyard::store
