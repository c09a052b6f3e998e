#include "providers/probe_sandbox.h"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace switchyard::providers
{

namespace
{

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true; // shadow memory needs terabytes of addresses
#else
constexpr bool kSanitized = false;
#endif

#if defined(__x86_64__)
constexpr uint32_t kArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr uint32_t kArchitecture = AUDIT_ARCH_AARCH64;
#else
#error "the probe's seccomp filter knows x86-64 and AArch64"
#endif

// What the dynamic loader, malloc, the C++ runtime and the end of the process use.
constexpr int kAllowed[] = {
    SYS_read,
    SYS_pread64,
    SYS_readv,
    SYS_lseek,
    SYS_fstat,
    SYS_newfstatat,
    SYS_statx,
    SYS_close,
    SYS_readlinkat,
    SYS_faccessat,
    SYS_write,
    SYS_writev,
    SYS_mmap,
    SYS_munmap,
    SYS_mprotect,
    SYS_mremap,
    SYS_madvise,
    SYS_brk,
    SYS_futex,
    SYS_getrandom,
    SYS_rt_sigaction,
    SYS_rt_sigprocmask,
    SYS_rt_sigreturn,
    SYS_sigaltstack,
    SYS_tgkill,
    SYS_getpid,
    SYS_gettid,
    SYS_getppid,
    SYS_clock_gettime,
    SYS_clock_getres,
    SYS_clock_nanosleep,
    SYS_nanosleep,
    SYS_gettimeofday,
    SYS_sched_yield,
    SYS_sched_getaffinity,
    SYS_sysinfo,
    SYS_uname,
    SYS_getuid,
    SYS_geteuid,
    SYS_getgid,
    SYS_getegid,
    SYS_getcwd,
    SYS_prlimit64,
    SYS_getrlimit,
    SYS_getrusage,
    SYS_set_robust_list,
    SYS_membarrier,
    SYS_exit,
    SYS_exit_group,
#ifdef SYS_rseq
    SYS_rseq,
#endif
#ifdef SYS_access
    SYS_access,
    SYS_readlink,
    SYS_stat,
    SYS_lstat,
    SYS_time,
    SYS_arch_prctl,
#endif
};

extern "C" void onForbiddenCall(int, siginfo_t* info, void*)
{
    // Async-signal-safe: no allocation, no stdio.
    char line[] = "refused it makes system call ....., which a plug-in may not; it does no input or output itself\n";
    int number = info->si_syscall;
    for (int i = 5; i-- > 0; number /= 10)
        line[29 + i] = static_cast<char>(number > 0 || i == 4 ? '0' + number % 10 : ' ');
    [[maybe_unused]] const ssize_t written = ::write(STDOUT_FILENO, line, sizeof(line) - 1);
    ::_exit(1);
}

void limit(decltype(RLIMIT_CPU) what, rlim_t most)
{
    const rlimit both{most, most};
    ::setrlimit(what, &both);
}

sock_filter statement(uint16_t code, uint32_t k) { return {code, 0, 0, k}; }
sock_filter jump(uint16_t code, uint32_t k, uint8_t yes, uint8_t no) { return {code, yes, no, k}; }

std::vector<sock_filter> program()
{
    const sock_filter allow = statement(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    const sock_filter trap = statement(BPF_RET | BPF_K, SECCOMP_RET_TRAP);
    std::vector<sock_filter> filter;
    filter.push_back(statement(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, arch)));
    filter.push_back(jump(BPF_JMP | BPF_JEQ | BPF_K, kArchitecture, 1, 0));
    filter.push_back(statement(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS));
    filter.push_back(statement(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)));
    for (const int number : kAllowed)
    {
        filter.push_back(jump(BPF_JMP | BPF_JEQ | BPF_K, static_cast<uint32_t>(number), 0, 1));
        filter.push_back(allow);
    }
    // openat: for reading only.
    constexpr uint32_t kWriting = O_WRONLY | O_RDWR | O_CREAT | O_TRUNC;
    filter.push_back(jump(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 1, 0));
    filter.push_back(trap);
    filter.push_back(statement(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args[2])));
    filter.push_back(jump(BPF_JMP | BPF_JSET | BPF_K, kWriting, 0, 1));
    filter.push_back(trap);
    filter.push_back(allow);
    return filter;
}

} // namespace

void enterProbeSandbox()
{
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_FSIZE, 0);
    limit(RLIMIT_CPU, 10);
    limit(RLIMIT_NOFILE, 64);
    if (!kSanitized) limit(RLIMIT_AS, rlim_t{2} << 30);

    struct sigaction action = {};
    action.sa_sigaction = onForbiddenCall;
    action.sa_flags = SA_SIGINFO;
    ::sigaction(SIGSYS, &action, nullptr);

    std::vector<sock_filter> filter = program();
    const sock_fprog given{static_cast<unsigned short>(filter.size()), filter.data()};
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    // A kernel without seccomp leaves the probe with its limits: still a process of its own.
    ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &given);
}

} // namespace switchyard::providers
