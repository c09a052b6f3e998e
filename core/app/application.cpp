#include "app/application.h"

#include "app/version.h"

#include <Poco/Util/HelpFormatter.h>
#include <Poco/Util/OptionException.h>
#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <ctime>
#include <iostream>

namespace switchyard::app
{

namespace
{

using Poco::Util::Option;
using Poco::Util::OptionSet;

constexpr int kHelpWidth = 110;
constexpr std::string_view kCommonSettings[] = {"sqlite-path", "debug"};

// Go's flags, which One API's scripts use, take one dash or two.
std::string withTwoDashes(const std::string& word)
{
    const bool oneDash = word.size() > 2 && word[0] == '-' && std::isalpha(static_cast<unsigned char>(word[1]));
    return oneDash ? "-" + word : word;
}

Option optionFor(const Setting& setting)
{
    std::string help = setting.help;
    if (setting.byDefault[0]) help += std::string(" (default: ") + setting.byDefault + ")";
    if (setting.variables[0]) help += std::string(" [") + setting.variables + "]";
    Option option(setting.name, "", help);
    option.repeatable(setting.kind == SettingKind::repeatable);
    return option.argument(setting.placeholder, setting.kind != SettingKind::toggle);
}

void addOwnOptions(const Command& command, OptionSet& options, bool enforce)
{
    for (const CommandOption& own : command.options)
    {
        Option option(own.name, "", std::string(own.help) + (own.required ? " (required)" : ""),
                      enforce && own.required);
        if (own.placeholder[0]) option.argument(own.placeholder);
        options.addOption(option);
    }
}

void addGeneralOptions(OptionSet& options)
{
    options.addOption(Option("config", "", "read settings from this properties file").argument("FILE"));
    options.addOption(Option("help", "h", "show this"));
}

void addSettings(OptionSet& options, bool all)
{
    for (const Setting& setting : settings())
    {
        const bool common = std::find(std::begin(kCommonSettings), std::end(kCommonSettings), setting.name) !=
                            std::end(kCommonSettings);
        if (setting.kind != SettingKind::fileOnly && (all || common)) options.addOption(optionFor(setting));
    }
}

bool isSetting(const std::string& name)
{
    return std::any_of(settings().begin(), settings().end(),
                       [&](const Setting& setting) { return setting.name == name; });
}

bool isHelp(const std::string& word) { return word == "--help" || word == "-h"; }

/// Whether it is the first of a command's two words.
bool isGroup(const std::string& word)
{
    return std::any_of(commands().begin(), commands().end(),
                       [&](const Command& command) { return std::string_view(command.name).starts_with(word + " "); });
}

std::string usageOf(const Command& command)
{
    return std::string(command.name) + (command.arguments[0] ? " " : "") + command.arguments + " [options]";
}

} // namespace

void Application::defineOptions(OptionSet& options)
{
    addOwnOptions(*command_, options, !helpWanted_);
    addGeneralOptions(options);
    addSettings(options, true);
}

void Application::handleOption(const std::string& name, const std::string& value)
{
    if (name == "config")
        configFile_ = value;
    else if (name == "help")
        helpWanted_ = true;
    else if (isSetting(name))
        settings_.emplace(name, value.empty() && name != "log-dir" ? "true" : value);
    else
        options_.emplace(name, value);
}

const Command& Application::findCommand(std::vector<std::string>& words) const
{
    if (words.front().starts_with("-")) return commands().front();
    const std::string one = words.front();
    const std::string two = words.size() > 1 ? one + " " + words[1] : one;
    for (const Command& command : commands())
    {
        if (command.name != one && command.name != two) continue;
        words.erase(words.begin(), words.begin() + (command.name == one ? 1 : 2));
        return command;
    }
    std::string known;
    for (const Command& command : commands())
        if (std::string_view(command.name).starts_with(one + " "))
            known += std::string(known.empty() ? "" : ", ") + command.name;
    throw UsageError(known.empty() ? "there is no command `" + one + "`"
                                   : "`" + one + "` needs a second word: " + known);
}

int Application::start(int argc, char** argv)
{
    std::vector<std::string> words;
    for (int i = 1; i < argc; ++i)
        words.push_back(withTwoDashes(argv[i]));
    const std::string first = words.empty() ? "" : words.front();
    if (first == "--version" || first == "version")
    {
        std::cout << "switchyard " << kVersion << "\n";
        return kExitOk;
    }
    if (isHelp(first) || (first == "help" && words.size() == 1))
    {
        printOverview(std::cout);
        return kExitOk;
    }
    try
    {
        if (first == "help") words.erase(words.begin()), words.emplace_back("--help");
        if (words.empty()) throw UsageError("what shall it do?");
        if (words.size() == 2 && isHelp(words[1]) && isGroup(words[0]))
        {
            printOverview(std::cout, words[0] + " ");
            return kExitOk;
        }
        command_ = &findCommand(words);
        helpWanted_ = std::any_of(words.begin(), words.end(), isHelp);
        words.insert(words.begin(), argv[0]);
        setUnixOptions(true);
        init(words);
        return run();
    }
    catch (const UsageError& e)
    {
        return usageError(e.message());
    }
    catch (const Poco::Util::OptionException& e)
    {
        return usageError(e.displayText());
    }
}

int Application::main(const ArgVec& arguments)
{
    if (helpWanted_)
    {
        printHelp(std::cout);
        return kExitOk;
    }
    try
    {
        if (arguments.size() != command_->argumentCount)
            throw UsageError(command_->argumentCount == 0
                                 ? "unexpected argument `" + arguments.front() + "`"
                                 : std::string("expected one argument: ") + command_->arguments);
        const Environment dotEnv = Environment::ofFile(".env");
        if (const auto zone = dotEnv.find("TZ"); zone && setenv("TZ", zone->c_str(), 0) == 0) tzset();
        Invocation invocation{loadConfig(settings_, Environment::ofProcess(), configFile_, dotEnv),
                              options_,
                              arguments,
                              hooks_,
                              std::cout,
                              std::cerr};
        return command_->run(invocation);
    }
    catch (const UsageError& e)
    {
        return usageError(e.message());
    }
    catch (const Poco::DataFormatException& e) // a setting
    {
        std::cerr << "switchyard: " << e.message() << "\n";
        return kExitUsage;
    }
    catch (const Poco::Exception& e)
    {
        std::cerr << "switchyard: " << (e.message().empty() ? e.displayText() : e.message()) << "\n";
        return kExitFailure;
    }
    catch (const std::exception& e)
    {
        std::cerr << "switchyard: " << e.what() << "\n";
        return kExitFailure;
    }
}

// Short, so that the reason is not scrolled away.
int Application::usageError(const std::string& message) const
{
    std::cerr << "switchyard: " << message << "\n";
    if (command_)
        std::cerr << "usage: switchyard " << usageOf(*command_) << "\n`switchyard " << command_->name
                  << " --help` explains the options.\n";
    else
        printOverview(std::cerr);
    return kExitUsage;
}

void Application::printOverview(std::ostream& out, std::string_view beginning) const
{
    out << "usage: switchyard COMMAND [options]\n\nThe gateway that never loses an answer or a cent.\n\n";
    for (const Command& command : commands())
    {
        if (!std::string_view(command.name).starts_with(beginning)) continue;
        const std::string line = std::string(command.name) + (command.arguments[0] ? " " : "") + command.arguments;
        out << "  " << line << std::string(line.size() < 24 ? 24 - line.size() : 1, ' ') << command.summary << "\n";
    }
    out << "\n`switchyard COMMAND --help` explains a command and its options. Settings also come from the environment, "
           "a\n"
           "properties file (--config FILE) and a file `.env` here; `switchyard check-config` shows which.\n";
}

void Application::printHelp(std::ostream& out) const
{
    OptionSet shown;
    addOwnOptions(*command_, shown, false);
    addGeneralOptions(shown);
    addSettings(shown, command_->takesSettings);
    Poco::Util::HelpFormatter formatter(shown);
    formatter.setUnixStyle(true);
    formatter.setWidth(kHelpWidth);
    formatter.setCommand("switchyard");
    formatter.setUsage(usageOf(*command_));
    formatter.setHeader(command_->summary);
    if (!command_->takesSettings) formatter.setFooter("All settings of `switchyard serve --help` are taken too.");
    formatter.format(out);
}

} // namespace switchyard::app
