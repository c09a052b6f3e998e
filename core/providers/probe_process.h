// The near side of the probe: a process that opens a content for us and may crash or hang doing so.
#pragma once

#include "providers/owned_fd.h"
#include "providers/plugin_file.h"
#include "providers/verdict.h"

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>

namespace switchyard::providers
{

/// One probe under way. [management thread]
class ProbeProcess
{
public:
    /// Never fails: when no process can be started, that is the verdict.
    ProbeProcess(const std::filesystem::path& binary, const ObjectFile& object, std::chrono::milliseconds limit);
    ~ProbeProcess(); ///< kills it
    ProbeProcess(const ProbeProcess&) = delete;
    ProbeProcess& operator=(const ProbeProcess&) = delete;

    /// Becomes readable when the process has ended; -1: it has already.
    int descriptor() const noexcept { return process_.get(); }
    std::chrono::steady_clock::time_point deadline() const noexcept { return deadline_; }
    /// The verdict, once the process has ended or the deadline has passed; else nothing. Takes up the process.
    std::optional<Verdict> take();

private:
    Verdict ended(int status);
    void drain();

    pid_t pid_ = -1;
    OwnedFd process_; // a pidfd
    OwnedFd output_;
    std::string text_;
    std::string startError_;
    std::chrono::milliseconds limit_;
    std::chrono::steady_clock::time_point deadline_;
};

} // namespace switchyard::providers
