// What the checks found, on its way from the child processes that make them to the report.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace switchyard::check
{

struct Fault
{
    std::string check; ///< "structure", "descriptor", "channel", "replay", "cuts"
    std::string where; ///< the provider or the recording
    std::string text;
};

struct Findings
{
    std::vector<Fault> faults;
    size_t checks = 0;                                       ///< child processes and structure
    size_t replayed = 0;                                     ///< recordings
    size_t runs = 0;                                         ///< exchanges
    std::map<std::string, std::vector<std::string>> skipped; ///< reason -> recordings

    /// Lines that a child writes and its parent reads.
    std::string encoded() const;
    /// Adds encoded findings. False: they are cut off, the child did not end as it should.
    bool merge(const std::string& encoded);
};

/// For people; the last line is the summary.
std::string reportText(const Findings& findings);
/// For programs.
std::string reportJson(const Findings& findings, const std::string& file);

} // namespace switchyard::check
