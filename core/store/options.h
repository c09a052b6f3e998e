// The table `options`: defaults, and the few that the data plane reads as typed values (config.md 3).
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace switchyard::store
{

/// All options with their values: a row of the table where there is one, the default otherwise.
class Options
{
public:
    Options(); ///< the defaults
    /// Takes one row of the table. Unknown keys are kept as they are.
    void set(std::string_view key, std::string value);

    /// '' for a key that is unknown and unset.
    const std::string& text(std::string_view key) const noexcept;
    /// Only the text `true` is true.
    bool flag(std::string_view key) const noexcept { return text(key) == "true"; }
    /// 0 for what is no number.
    double number(std::string_view key) const noexcept;
    int64_t integer(std::string_view key) const noexcept;
    const std::map<std::string, std::string, std::less<>>& all() const noexcept { return values_; }

    /// How many further candidates the relay may try after the first (RetryTimes).
    int retryTimes() const noexcept { return retryTimes_; }
    /// GroupRatio of a group; 1 for a group that is not listed.
    double groupRatio(std::string_view group) const noexcept;

    /// Options that no page or log may show: their names end in Token or Secret, or are TurnstileSecretKey.
    static bool hidden(std::string_view key) noexcept;

private:
    std::map<std::string, std::string, std::less<>> values_;
    std::map<std::string, double, std::less<>> groupRatios_;
    int retryTimes_ = 0;
};

} // namespace switchyard::store
