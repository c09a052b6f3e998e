// The table of settings: name, variable, meaning, and how its text becomes a value of Config.
#pragma once

#include "app/config.h"
#include "app/environment.h"

#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace switchyard::app
{

enum class SettingKind
{
    value,      ///< --name VALUE
    toggle,     ///< --name, or --name=true|false
    repeatable, ///< --name VALUE, any number of times; in a file the values are separated by ':'
    fileOnly    ///< no flag: other users can read a process's arguments
};

struct Setting
{
    const char* name;      ///< of the flag and of the key in a file
    const char* variables; ///< environment, blank separated; the first that is set counts
    SettingKind kind;
    const char* placeholder; ///< of the value in help
    const char* byDefault;   ///< for people; the value itself is Config's
    const char* help;
    bool secret; ///< never shown
    /// Throws Poco::DataFormatException that says what is expected.
    void (*apply)(Config& config, const std::string& text);
};

std::span<const Setting> settings();

/// Texts given for settings, by name; repeatable ones may have several.
using Flags = std::multimap<std::string, std::string, std::less<>>;

/// A setting's value and where it came from, for people.
struct SettingOrigin
{
    const Setting* setting = nullptr;
    std::string shown;  ///< `***` for a secret
    std::string origin; ///< `flag --port`, `environment PORT`, `file /etc/...`, `.env PORT`, `default`
};

struct LoadedConfig
{
    Config config;
    std::vector<SettingOrigin> origins; ///< in the table's order
};

/// The order is: flag, environment, file (a Poco properties file; '' for none), `.env` file, default. Throws
/// Poco::DataFormatException or Poco::FileException with one line that names the setting, where it stands, what is
/// wrong and what is expected.
LoadedConfig loadConfig(const Flags& flags, const Environment& environment, const std::string& file,
                        const Environment& dotEnv);

} // namespace switchyard::app
