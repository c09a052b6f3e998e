#include "store/first_start.h"

#include "base/secret.h"
#include "store/database.h"
#include "store/password.h"
#include "store/token_repository.h"
#include "store/user_repository.h"
#include "telemetry/log.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace switchyard::store
{

namespace
{

constexpr int64_t kRootQuota = 500'000'000'000'000; // config.md 4
constexpr size_t kMadeUpLength = 20;                // also One API's longest password
constexpr size_t kShortPassword = 8;
constexpr size_t kBcryptReads = 72;

void warnOf(const std::string& password, telemetry::Logger& log)
{
    if (password.size() < kShortPassword)
        log.warning("INITIAL_ROOT_PASSWORD is shorter than 8 characters: change root's password soon");
    if (password.size() > kBcryptReads)
        log.warning("INITIAL_ROOT_PASSWORD is longer than 72 bytes: bcrypt ignores what comes after them");
}

NewUser rootUser(const RootSeed& seed, const std::string& password)
{
    NewUser root;
    root.user.name = "root";
    root.user.role = kRoleRoot;
    root.user.group = "default";
    root.user.quota = kRootQuota;
    root.displayName = "Root User";
    root.passwordHash = hashPassword(password);
    root.accessToken = seed.accessToken.empty() ? newHexKey() : seed.accessToken;
    return root;
}

void insertRoot(DbSession& session, const NewUser& root, const std::string& tokenKey)
{
    const int64_t id = UserRepository(session).insert(root);
    if (tokenKey.empty()) return;
    TokenRow row;
    row.token.userId = id;
    row.token.name = "Initial Root Token";
    row.token.remainQuota = kRootQuota;
    row.token.unlimited = true;
    row.key = tokenKey;
    TokenRepository(session).insert(row);
}

// '' on success.
std::string writePrivately(const std::string& path, const std::string& text)
{
    const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0) return std::strerror(errno);
    const bool written = fchmod(file, 0600) == 0 && write(file, text.data(), text.size()) == std::ssize(text);
    const std::string trouble = written ? "" : std::strerror(errno);
    close(file);
    return trouble;
}

} // namespace

FirstStart createRootIfEmpty(Database& database, const RootSeed& seed, telemetry::Logger& log)
{
    FirstStart first;
    if (database.read([](DbSession& session) { return UserRepository(session).count(); }) > 0) return first;

    const std::string password = seed.password.empty() ? randomAlphanumeric(kMadeUpLength) : seed.password;
    const NewUser root = rootUser(seed, password); // hashed before the write lock is taken: bcrypt is slow on purpose
    first.created = database.write(
        [&](DbSession& session)
        {
            if (UserRepository(session).count() > 0) return false; // another process was faster
            insertRoot(session, root, seed.token);
            return true;
        });
    if (!first.created) return first;

    log.info("created the first account", {{"user", root.user.name}});
    if (!seed.password.empty())
    {
        warnOf(seed.password, log);
        return first;
    }
    first.password = password;
    const std::string path = database.settings().path + ".root-password";
    const std::string trouble = writePrivately(path, password + "\n");
    if (trouble.empty())
        first.passwordFile = path;
    else
        log.warning("root's password could not be kept in a file: note it down", {{"file", path}, {"reason", trouble}});
    return first;
}

} // namespace switchyard::store
