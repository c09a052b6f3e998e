#include "store/database.h"

#include "telemetry/log.h"

#include <Poco/Data/SQLite/Connector.h>
#include <Poco/Data/SQLite/SQLiteException.h>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

namespace switchyard::store
{

namespace
{

constexpr auto kWaitForSession = std::chrono::seconds(5);

} // namespace

Database::Database(const DatabaseSettings& settings, telemetry::Logger& log) : settings_(settings), log_(log)
{
    if (settings_.backend != Backend::sqlite)
        throw Poco::NotImplementedException("this version works on SQLite only: unset SQL_DSN");
    Poco::Data::SQLite::Connector::registerConnector();
    prepareFile();
    try
    {
        idle_.push_back(openInWalMode());
    }
    catch (const Poco::Exception& e)
    {
        throw Poco::IOException(
            "cannot use the database " + settings_.path + ": " + e.displayText() +
            ". Check that it is a SQLite file that this user may write, or choose another with SQLITE_PATH");
    }
}

// The mode stays with the file. Readers then never wait for the writer; One API can still open the file. When several
// processes make the change at once SQLite refuses all but one without asking the busy handler: so we ask again.
std::unique_ptr<DbSession> Database::openInWalMode()
{
    const auto end = std::chrono::steady_clock::now() + settings_.busyTimeout;
    for (;;)
    {
        auto session = open();
        try
        {
            session->query<std::string>("PRAGMA journal_mode=WAL");
            return session;
        }
        catch (const Poco::Data::SQLite::DBLockedException&)
        {
            if (std::chrono::steady_clock::now() >= end) throw;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
}

Database::~Database() = default;

void Database::prepareFile()
{
    // Made here and not by SQLite, which would obey the umask; its -wal and -shm files take over the mode.
    const int file = ::open(settings_.path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0)
        throw Poco::IOException("cannot open the database " + settings_.path + ": " + std::strerror(errno) +
                                ". Create its directory, give this user the right to write there, or set SQLITE_PATH");
    struct stat status
    {
    };
    const bool readable = fstat(file, &status) == 0 && (status.st_mode & 0077) != 0;
    ::close(file);
    if (readable)
        log_.warning("other users may open the database, and it holds keys: chmod 600 it", {{"file", settings_.path}});
}

std::unique_ptr<DbSession> Database::open(Durability durability)
{
    auto session = std::make_unique<DbSession>(settings_.backend, Poco::Data::Session("SQLite", settings_.path));
    session->executeOnce("PRAGMA busy_timeout=" + std::to_string(settings_.busyTimeout.count()));
    // The file is in the system's cache anyway; SQLite's own would take 2 MiB for each session.
    session->executeOnce("PRAGMA cache_size=-512");
    session->executeOnce(durability == Durability::power ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL");
    return session;
}

std::unique_ptr<DbSession> Database::borrow()
{
    {
        std::unique_lock lock(mutex_);
        if (!returned_.wait_for(lock, kWaitForSession, [&] { return lent_ < settings_.maxSessions; }))
            throw Poco::TimeoutException("all database sessions are busy");
        ++lent_;
        if (!idle_.empty())
        {
            auto session = std::move(idle_.back());
            idle_.pop_back();
            return session;
        }
    }
    try
    {
        return open();
    }
    catch (...)
    {
        giveBack(nullptr);
        throw;
    }
}

void Database::giveBack(std::unique_ptr<DbSession> session) noexcept
{
    {
        const std::lock_guard lock(mutex_);
        --lent_;
        if (session) idle_.push_back(std::move(session));
    }
    returned_.notify_one();
}

} // namespace switchyard::store
