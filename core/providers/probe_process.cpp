#include "providers/probe_process.h"

#include "base/text.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cerrno>
#include <cstring>

namespace switchyard::providers
{

namespace
{

constexpr int kObjectFd = 3;
constexpr size_t kMaxOutput = size_t{1} << 20;

/// The last "stage ..." line: what the plug-in was at when the process ended.
std::string stageOf(std::string_view text)
{
    std::string stage = "before it was loaded";
    for (const std::string_view line : split(text, '\n'))
        if (line.substr(0, 6) == "stage ") stage = line.substr(6);
    return stage;
}

pid_t spawn(const std::filesystem::path& binary, int object, int output, int& error)
{
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, object, kObjectFd);
    posix_spawn_file_actions_addclosefrom_np(&actions, kObjectFd + 1);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    sigset_t none;
    sigset_t all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    std::string name = "switchyard";
    std::string command = "plugin-probe";
    std::string number = std::to_string(kObjectFd);
    char* arguments[] = {name.data(), command.data(), number.data(), nullptr};
    char* environment[] = {nullptr};
    pid_t pid = -1;
    error = ::posix_spawn(&pid, binary.c_str(), &actions, &attributes, arguments, environment);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return error == 0 ? pid : -1;
}

} // namespace

ProbeProcess::ProbeProcess(const std::filesystem::path& binary, const ObjectFile& object,
                           std::chrono::milliseconds limit)
    : limit_(limit), deadline_(std::chrono::steady_clock::now() + limit)
{
    int ends[2] = {-1, -1};
    if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
    {
        startError_ = std::strerror(errno);
        return;
    }
    output_ = OwnedFd(ends[0]);
    const OwnedFd theirs(ends[1]);
    int error = 0;
    pid_ = spawn(binary, object.fd.get(), theirs.get(), error);
    if (pid_ < 0)
    {
        startError_ = std::strerror(error);
        return;
    }
    process_ = OwnedFd(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
}

ProbeProcess::~ProbeProcess()
{
    if (pid_ < 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
}

std::optional<Verdict> ProbeProcess::take()
{
    if (!startError_.empty())
        return Verdict{false, false, "the probe process could not be started: " + startError_, {}};
    drain();
    int status = 0;
    const pid_t waited = ::waitpid(pid_, &status, WNOHANG);
    if (waited == 0)
    {
        if (std::chrono::steady_clock::now() < deadline_) return std::nullopt;
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, &status, 0);
        pid_ = -1;
        // Not kept: on a machine that is busy enough anything hangs.
        return Verdict{false,
                       false,
                       "it hung in a probe (" + stageOf(text_) + "): no end within " + std::to_string(limit_.count()) +
                           " ms; mend the plug-in, or rescan if the machine was merely busy",
                       {}};
    }
    pid_ = -1;
    drain();
    return ended(status);
}

void ProbeProcess::drain()
{
    char room[4096];
    for (;;)
    {
        const ssize_t got = ::read(output_.get(), room, sizeof(room));
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return;
        if (text_.size() < kMaxOutput) text_.append(room, static_cast<size_t>(got));
    }
}

Verdict ProbeProcess::ended(int status)
{
    if (WIFSIGNALED(status))
        return {false,
                WTERMSIG(status) != SIGKILL,
                "it crashed in a probe (" + stageOf(text_) + ", signal " + std::to_string(WTERMSIG(status)) + " " +
                    strsignal(WTERMSIG(status)) + "); mend the plug-in",
                {}};
    if (auto verdict = verdictFrom(text_)) return *verdict;
    return {false,
            false,
            "the probe ended without a verdict (" + stageOf(text_) + ", exit status " +
                std::to_string(WEXITSTATUS(status)) + ")",
            {}};
}

} // namespace switchyard::providers
