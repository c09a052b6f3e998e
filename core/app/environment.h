// The process's environment as a value, so that tests can make one up.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace switchyard::app
{

/// Variables and their values. An empty value counts as not set.
class Environment
{
public:
    /// What the process was started with.
    static Environment ofProcess();
    /// `NAME=value` lines of a `.env` file: `#` begins a comment line, `export ` before a name and quotes around a
    /// value are dropped. A file that is not there is empty. Throws Poco::DataFormatException with the line's number.
    static Environment ofFile(const std::string& path);

    void set(std::string name, std::string value) { values_.insert_or_assign(std::move(name), std::move(value)); }
    std::optional<std::string> find(std::string_view name) const;
    const std::map<std::string, std::string, std::less<>>& all() const noexcept { return values_; }

private:
    std::map<std::string, std::string, std::less<>> values_;
};

} // namespace switchyard::app
