// Channel keys as this database keeps them: sealed or plain.
#pragma once

#include "store/key_ring.h"
#include "store/key_sealer.h"

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace switchyard::telemetry
{
class Logger;
}

namespace switchyard::store
{

class Database;

/// A database that Switchyard made seals from the start; one that it took over from One API does after
/// `switchyard keys encrypt`. Which it is, and the id of the sealing key, stands in `switchyard_state`. Plain values,
/// as One API or a person may write them, are opened in both. [any thread]
class ChannelKeys : public KeySealer
{
public:
    /// Nothing is read yet. `keyFile`: where the sealing keys are, if any.
    explicit ChannelKeys(std::string keyFile) : keyFile_(std::move(keyFile)) {}

    std::string seal(std::string_view plain) const override;
    std::string open(std::string_view stored) const override;
    void follow(DbSession& session) const override;

    const std::string& keyFile() const noexcept { return keyFile_; }

private:
    using RingPtr = std::shared_ptr<const KeyRing>;
    RingPtr ring() const;
    RingPtr readAgain() const;

    const std::string keyFile_;
    mutable std::mutex mutex_;
    mutable RingPtr ring_;
    mutable std::string sealingWith_; ///< id of the key; '': new values stay plain
};

/// For a start: makes the key file if this database is to have its first one, and opens every sealed key once. Throws
/// KeyUnreadable that says what is missing and what to do: a gateway whose channels have no keys shall not start.
std::unique_ptr<ChannelKeys> openChannelKeys(Database& database, const std::string& keyFile, telemetry::Logger& log);

/// Notes in a database that has just been made that it is to seal its keys.
void sealFromTheStart(DbSession& session);

/// What the changes below did.
struct KeysChanged
{
    size_t channels = 0;  ///< values that were rewritten
    std::string keptFile; ///< the former key file, for backups of the database; may be empty
};

/// Seals every plain key and all that come, in one transaction. Makes the key file if there is none.
KeysChanged encryptChannelKeys(Database& database, const std::string& keyFile);
/// Opens every key, and leaves those that come plain.
KeysChanged decryptChannelKeys(Database& database, const std::string& keyFile);
/// A new sealing key for all. The key file before is kept beside it under another name. Throws
/// Poco::IllegalStateException when nothing is sealed here.
KeysChanged rotateSealingKey(Database& database, const std::string& keyFile);

/// How it stands, without opening anything.
struct KeysStatus
{
    std::string sealingWith; ///< id of the key; '': new ones stay plain
    bool sealing = false;
    size_t sealed = 0;
    size_t plain = 0;
    size_t none = 0;
};
KeysStatus channelKeysStatus(Database& database);

} // namespace switchyard::store
