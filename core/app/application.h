// The program: reads the command line, finds the subcommand and runs it.
#pragma once

#include "app/command.h"

#include <Poco/Util/Application.h>
#include <Poco/Util/OptionSet.h>
#include <string>
#include <vector>

namespace switchyard::app
{

/// One per process (Poco::Util::Application is).
class Application : public Poco::Util::Application
{
public:
    explicit Application(const Hooks& hooks) : hooks_(hooks) {}

    /// The exit status: 0, 1 for a failure, 2 for a command line or a setting that cannot be understood.
    int start(int argc, char** argv);

protected:
    void defineOptions(Poco::Util::OptionSet& options) override;
    void handleOption(const std::string& name, const std::string& value) override;
    int main(const ArgVec& arguments) override;
    const char* name() const override { return "switchyard"; }

private:
    /// Takes the subcommand's words off `words`. A command line that begins with an option means `serve`, as One API's
    /// does.
    const Command& findCommand(std::vector<std::string>& words) const;
    int usageError(const std::string& message) const;
    /// The commands that begin so.
    void printOverview(std::ostream& out, std::string_view beginning = {}) const;
    void printHelp(std::ostream& out) const;

    const Hooks& hooks_;
    const Command* command_ = nullptr; ///< null: only --help and --version
    Flags settings_;
    Flags options_;
    std::string configFile_;
    bool helpWanted_ = false;
};

} // namespace switchyard::app
