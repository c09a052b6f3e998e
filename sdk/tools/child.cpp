#include "child.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

extern char** environ;

namespace switchyard::check
{

namespace
{

constexpr int kFindings = 3; // the descriptor that a child writes its findings to

class Descriptor
{
public:
    explicit Descriptor(int fd) : fd_(fd) {}
    ~Descriptor() { reset(); }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int get() const { return fd_; }
    void reset()
    {
        if (fd_ >= 0) ::close(fd_);
        fd_ = -1;
    }

private:
    int fd_;
};

[[noreturn]] void systemFailure(const char* what, int error)
{
    throw std::system_error(error, std::generic_category(), what);
}

std::string howItEnded(int status)
{
    if (WIFSIGNALED(status))
    {
        const char* name = ::sigabbrev_np(WTERMSIG(status));
        return "crashed with SIG" + std::string(name ? name : "?");
    }
    return WEXITSTATUS(status) == 0 ? std::string() : "ended with exit code " + std::to_string(WEXITSTATUS(status));
}

/// Reads until the pipe's other end is closed. False: `deadline` came first.
bool readAll(int fd, std::string& into, std::chrono::steady_clock::time_point deadline)
{
    for (;;)
    {
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()).count();
        if (left <= 0) return false;
        pollfd ready = {fd, POLLIN, 0};
        if (::poll(&ready, 1, static_cast<int>(left)) <= 0) continue;
        char buffer[65536];
        const ssize_t count = ::read(fd, buffer, sizeof buffer);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return true;
        into.append(buffer, static_cast<size_t>(count));
    }
}

} // namespace

ChildResult runChild(const std::vector<std::string>& arguments, std::chrono::seconds limit)
{
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) systemFailure("pipe", errno);
    const Descriptor reading(ends[0]);
    Descriptor writing(ends[1]);
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    ::posix_spawn_file_actions_adddup2(&actions, writing.get(), kFindings);
    std::vector<char*> argv = {const_cast<char*>("switchyard-plugin-check")};
    for (const std::string& argument : arguments)
        argv.push_back(const_cast<char*>(argument.c_str()));
    argv.push_back(nullptr);
    pid_t child = 0;
    const int error = ::posix_spawn(&child, "/proc/self/exe", &actions, nullptr, argv.data(), environ);
    ::posix_spawn_file_actions_destroy(&actions);
    if (error != 0) systemFailure("posix_spawn", error);
    writing.reset();

    ChildResult result;
    const auto deadline = std::chrono::steady_clock::now() + limit;
    bool late = !readAll(reading.get(), result.output, deadline);
    const Descriptor process(static_cast<int>(::syscall(SYS_pidfd_open, child, 0)));
    if (!late && process.get() >= 0)
    {
        // The pipe is closed; the process itself may still hang in a destructor.
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()).count();
        pollfd ended = {process.get(), POLLIN, 0};
        late = ::poll(&ended, 1, static_cast<int>(left > 0 ? left : 0)) == 0;
    }
    if (late) ::kill(child, SIGKILL);
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR)
    {
    }
    result.problem = late ? "did not end within " + std::to_string(limit.count()) + " s" : howItEnded(status);
    return result;
}

} // namespace switchyard::check
