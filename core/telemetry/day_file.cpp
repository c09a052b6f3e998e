#include "telemetry/day_file.h"

#include <cerrno>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <filesystem>
#include <system_error>
#include <unistd.h>

namespace switchyard::telemetry
{

DayFile::DayFile(std::string directory) : directory_(std::move(directory)) {}

DayFile::~DayFile() { reopen(); }

void DayFile::reopen() noexcept
{
    if (file_ >= 0) close(file_);
    file_ = -1;
}

bool DayFile::openFor(int64_t unixSeconds)
{
    reopen();
    const time_t now = unixSeconds;
    tm day{};
    localtime_r(&now, &day);
    char name[40];
    strftime(name, sizeof(name), "/switchyard-%Y%m%d.log", &day);
    std::error_code ignored; // open below says what is wrong
    std::filesystem::create_directories(directory_, ignored);
    file_ = open((directory_ + name).c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
    if (file_ < 0) return false;
    day.tm_hour = day.tm_min = day.tm_sec = 0;
    day.tm_mday += 1; // mktime carries over months, and knows days of 23 and 25 hours
    day.tm_isdst = -1;
    nextDay_ = mktime(&day);
    return true;
}

std::string DayFile::report(const std::string& trouble)
{
    if (trouble == trouble_) return {};
    trouble_ = trouble;
    return trouble;
}

std::string DayFile::append(std::string_view text, int64_t unixSeconds)
{
    if (directory_.empty()) return {};
    if ((file_ < 0 || unixSeconds >= nextDay_) && !openFor(unixSeconds))
        return report("cannot open a log file in " + directory_ + ": " + std::strerror(errno));
    while (!text.empty())
    {
        const ssize_t wrote = write(file_, text.data(), text.size());
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote < 0) return report("cannot write the log file in " + directory_ + ": " + std::strerror(errno));
        text.remove_prefix(static_cast<size_t>(wrote));
    }
    trouble_.clear();
    return {};
}

} // namespace switchyard::telemetry
