#include "app/environment.h"

#include "base/text.h"

#include <Poco/Exception.h>
#include <fstream>
#include <unistd.h>

namespace switchyard::app
{

namespace
{

std::string_view withoutQuotes(std::string_view value)
{
    if (value.size() >= 2 && (value.front() == '"' || value.front() == '\'') && value.back() == value.front())
        return value.substr(1, value.size() - 2);
    return value;
}

} // namespace

Environment Environment::ofProcess()
{
    Environment environment;
    for (char** entry = environ; entry && *entry; ++entry)
    {
        const std::string_view line(*entry);
        const size_t equals = line.find('=');
        if (equals != std::string_view::npos)
            environment.set(std::string(line.substr(0, equals)), std::string(line.substr(equals + 1)));
    }
    return environment;
}

Environment Environment::ofFile(const std::string& path)
{
    Environment environment;
    std::ifstream in(path);
    std::string read;
    for (int number = 1; std::getline(in, read); ++number)
    {
        std::string_view line = trim(read);
        if (line.empty() || line.front() == '#') continue;
        if (line.starts_with("export ")) line = trim(line.substr(7));
        const size_t equals = line.find('=');
        if (equals == std::string_view::npos || equals == 0)
            throw Poco::DataFormatException(path + ", line " + std::to_string(number) + ": this is no NAME=value");
        environment.set(std::string(trim(line.substr(0, equals))),
                        std::string(withoutQuotes(trim(line.substr(equals + 1)))));
    }
    return environment;
}

std::optional<std::string> Environment::find(std::string_view name) const
{
    const auto at = values_.find(name);
    if (at == values_.end() || at->second.empty()) return std::nullopt;
    return at->second;
}

} // namespace switchyard::app
