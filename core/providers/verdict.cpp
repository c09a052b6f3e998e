#include "providers/verdict.h"

#include "base/text.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <sstream>

namespace switchyard::providers
{

namespace
{

std::string oneLine(std::string text)
{
    std::replace_if(
        text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < ' '; }, ' ');
    return text;
}

bool takePrefix(std::string_view& line, std::string_view prefix)
{
    if (line.substr(0, prefix.size()) != prefix) return false;
    line.remove_prefix(prefix.size());
    return true;
}

// "ID 1,8,33 VERSION": the version comes last, since it may hold blanks; no numbers are "-".
std::optional<Claim> claimFrom(std::string_view line)
{
    const size_t first = line.find(' ');
    const size_t second = first == std::string_view::npos ? first : line.find(' ', first + 1);
    if (second == std::string_view::npos) return std::nullopt;
    Claim claim;
    claim.id = line.substr(0, first);
    claim.version = line.substr(second + 1);
    const std::string_view numbers = line.substr(first + 1, second - first - 1);
    if (numbers == "-") return claim;
    for (const std::string_view text : split(numbers, ','))
    {
        const auto number = parseInt(text);
        if (!number || *number < 0 || *number > UINT32_MAX) return std::nullopt;
        claim.typeNumbers.push_back(static_cast<uint32_t>(*number));
    }
    return claim;
}

} // namespace

std::string toText(const Verdict& verdict)
{
    if (!verdict.accepted) return "refused " + oneLine(verdict.reason) + "\n";
    std::string text = "accepted\n";
    for (const Claim& claim : verdict.claims)
    {
        std::string numbers;
        for (const uint32_t number : claim.typeNumbers)
            numbers += (numbers.empty() ? "" : ",") + std::to_string(number);
        text += "provider " + claim.id + " " + (numbers.empty() ? "-" : numbers) + " " + oneLine(claim.version) + "\n";
    }
    return text + "end\n";
}

std::optional<Verdict> verdictFrom(std::string_view text)
{
    Verdict verdict;
    bool ended = false;
    for (std::string_view line : split(text, '\n'))
    {
        if (takePrefix(line, "refused "))
        {
            verdict.reason = line;
            return verdict;
        }
        if (line == "accepted") verdict.accepted = true;
        if (line == "end") ended = true;
        if (takePrefix(line, "provider "))
        {
            auto claim = claimFrom(line);
            if (!claim) return std::nullopt;
            verdict.claims.push_back(std::move(*claim));
        }
    }
    if (!verdict.accepted || !ended || verdict.claims.empty()) return std::nullopt;
    return verdict;
}

VerdictStore::VerdictStore(std::filesystem::path directory, std::string host)
    : directory_(std::move(directory)), host_(std::move(host))
{
}

std::optional<Verdict> VerdictStore::find(const std::string& sha256) const
{
    std::ifstream in(directory_ / sha256);
    std::string host;
    if (!std::getline(in, host) || host != host_) return std::nullopt;
    std::ostringstream rest;
    rest << in.rdbuf();
    return verdictFrom(rest.str());
}

void VerdictStore::keep(const std::string& sha256, const Verdict& verdict) const
{
    std::error_code failed; // without a store the content is merely probed again
    std::filesystem::create_directories(directory_, failed);
    if (failed) return;
    ::chmod(directory_.c_str(), 0700);
    const std::filesystem::path made = directory_ / (sha256 + "." + std::to_string(::getpid()));
    {
        std::ofstream out(made, std::ios::trunc);
        out << host_ << "\n" << toText(verdict);
        if (!out.flush()) return;
    }
    std::filesystem::rename(made, directory_ / sha256, failed);
}

} // namespace switchyard::providers
