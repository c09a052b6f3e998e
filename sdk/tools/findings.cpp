#include "findings.h"

#include <algorithm>
#include <switchyard/json.hpp>

namespace switchyard::check
{

using sdk::jsonString;
using sdk::JsonView;

std::string Findings::encoded() const
{
    std::string lines;
    for (const Fault& fault : faults)
        lines += "[\"fault\"," + jsonString(fault.check) + "," + jsonString(fault.where) + "," +
                 jsonString(fault.text) + "]\n";
    for (const auto& [reason, recordings] : skipped)
        for (const std::string& recording : recordings)
            lines += "[\"skip\"," + jsonString(reason) + "," + jsonString(recording) + "]\n";
    return lines + "[\"end\"," + std::to_string(replayed) + "," + std::to_string(runs) + "]\n";
}

bool Findings::merge(const std::string& encoded)
{
    bool ended = false;
    for (size_t at = 0; at < encoded.size();)
    {
        const size_t end = std::min(encoded.find('\n', at), encoded.size());
        const JsonView line(std::string_view(encoded).substr(at, end - at));
        at = end + 1;
        if (line.at(0).is("fault")) faults.push_back({line.at(1).text(), line.at(2).text(), line.at(3).text()});
        if (line.at(0).is("skip")) skipped[line.at(1).text()].push_back(line.at(2).text());
        if (line.at(0).is("end"))
        {
            ended = true;
            replayed += static_cast<size_t>(line.at(1).integer());
            runs += static_cast<size_t>(line.at(2).integer());
        }
    }
    return ended;
}

std::string reportText(const Findings& findings)
{
    std::string out;
    for (const Fault& fault : findings.faults)
        out += "FAULT " + fault.check + (fault.where.empty() ? "" : " " + fault.where) + ": " + fault.text + "\n";
    size_t count = 0;
    std::string reasons;
    for (const auto& [reason, recordings] : findings.skipped)
    {
        count += recordings.size();
        reasons += (reasons.empty() ? " (" : "; ") + reason + ": " + std::to_string(recordings.size());
    }
    out += std::to_string(findings.checks) + " checks, " + std::to_string(findings.faults.size()) + " faults; " +
           std::to_string(findings.replayed) + " recordings replayed in " + std::to_string(findings.runs) + " runs, " +
           std::to_string(count) + " skipped" + (reasons.empty() ? "" : reasons + ")") + "\n";
    return out;
}

std::string reportJson(const Findings& findings, const std::string& file)
{
    std::string out = "{\"file\":" + jsonString(file) + ",\"ok\":" + (findings.faults.empty() ? "true" : "false") +
                      ",\"checks\":" + std::to_string(findings.checks) +
                      ",\"replayed\":" + std::to_string(findings.replayed) +
                      ",\"runs\":" + std::to_string(findings.runs) + ",\"faults\":[";
    const char* comma = "";
    for (const Fault& fault : findings.faults)
    {
        out += comma + ("{\"check\":" + jsonString(fault.check)) + ",\"where\":" + jsonString(fault.where) +
               ",\"text\":" + jsonString(fault.text) + "}";
        comma = ",";
    }
    out += "],\"skipped\":[";
    comma = "";
    for (const auto& [reason, recordings] : findings.skipped)
        for (const std::string& recording : recordings)
        {
            out += comma + ("{\"recording\":" + jsonString(recording)) + ",\"reason\":" + jsonString(reason) + "}";
            comma = ",";
        }
    return out + "]}\n";
}

} // namespace switchyard::check
