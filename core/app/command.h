// What a subcommand is, and what it is given.
#pragma once

#include "app/hooks.h"
#include "app/settings.h"

#include <Poco/Exception.h>
#include <ostream>
#include <span>
#include <string>
#include <vector>

namespace switchyard::app
{

inline constexpr int kExitOk = 0;
inline constexpr int kExitFailure = 1;
inline constexpr int kExitUsage = 2;

/// The command line cannot be understood: usage follows, exit status 2.
class UsageError : public Poco::Exception
{
public:
    explicit UsageError(const std::string& message) : Poco::Exception(message) {}
    const char* name() const noexcept override { return "Usage error"; }
};

/// A command line that has been read.
struct Invocation
{
    LoadedConfig loaded;
    Flags options;                      ///< the command's own
    std::vector<std::string> arguments; ///< what is no option
    const Hooks& hooks;
    std::ostream& out;
    std::ostream& err;

    const Config& config() const noexcept { return loaded.config; }
    bool has(std::string_view option) const { return options.find(option) != options.end(); }
    /// `otherwise` when it was not given.
    std::string text(std::string_view option, std::string otherwise = "") const;
    /// Runs `parse` on the option's text; what it throws becomes a UsageError that names the option.
    template <class Parse>
    auto parsed(const std::string& option, const std::string& value, Parse parse) const
    {
        try
        {
            return parse(value);
        }
        catch (const Poco::DataFormatException& e)
        {
            throw UsageError("--" + option + " `" + value + "`: " + e.message());
        }
    }
};

struct CommandOption
{
    const char* name;
    const char* placeholder; ///< empty: takes no value
    const char* help;
    bool required = false;
};

struct Command
{
    const char* name;      ///< one word or two
    const char* arguments; ///< for the usage line
    const char* summary;
    std::vector<CommandOption> options;
    size_t argumentCount; ///< exactly so many
    bool takesSettings;   ///< help lists all settings, not only the common ones
    int (*run)(Invocation&);
};

std::span<const Command> commands();

} // namespace switchyard::app
