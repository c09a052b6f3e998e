// A log file a day.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace switchyard::telemetry
{

/// Appends to `DIRECTORY/switchyard-YYYYMMDD.log` and begins a new file with the first line after local midnight.
/// Not thread-safe: it belongs to the log's writer.
class DayFile
{
public:
    explicit DayFile(std::string directory); ///< empty: everything is accepted and dropped
    ~DayFile();
    DayFile(const DayFile&) = delete;
    DayFile& operator=(const DayFile&) = delete;

    /// `text` may be many lines. Returns '' or what went wrong, once per kind of trouble.
    std::string append(std::string_view text, int64_t unixSeconds);
    void reopen() noexcept;

private:
    bool openFor(int64_t unixSeconds);
    std::string report(const std::string& trouble);

    std::string directory_;
    std::string trouble_;
    int file_ = -1;
    int64_t nextDay_ = 0; ///< Unix seconds at which the open file's day is over
};

} // namespace switchyard::telemetry
