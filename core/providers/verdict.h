// What a probe found out about a content, and where that is kept.
#pragma once

#include "base/result.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace switchyard::providers
{

/// What one provider claims for itself.
struct Claim
{
    std::string id;
    std::string version;
    std::vector<uint32_t> typeNumbers;
    bool operator==(const Claim&) const = default;
};

struct Verdict
{
    bool accepted = false;
    bool keep = true;          ///< false: due to the moment (a slow machine), not to the content
    std::string reason;        ///< refused: why, and the mend
    std::vector<Claim> claims; ///< accepted: what it offers
};

/// Lines of text: what the probe writes and what the store keeps.
std::string toText(const Verdict& verdict);
/// Nothing when the text is no verdict.
std::optional<Verdict> verdictFrom(std::string_view text);

/// Verdicts by (content, host version), a small file each. A store that cannot be read or written is an empty one: then
/// contents are probed anew. [management thread]
class VerdictStore
{
public:
    /// `host`: everything about this host that may change a verdict.
    VerdictStore(std::filesystem::path directory, std::string host);

    std::optional<Verdict> find(const std::string& sha256) const;
    void keep(const std::string& sha256, const Verdict& verdict) const;

private:
    std::filesystem::path directory_;
    std::string host_;
};

} // namespace switchyard::providers
