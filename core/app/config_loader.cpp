// From flags, environment, file and `.env` to one Config, with the origin of each value.
#include "app/settings.h"
#include "base/text.h"

#include <Poco/AutoPtr.h>
#include <Poco/Exception.h>
#include <Poco/Util/PropertyFileConfiguration.h>
#include <algorithm>
#include <filesystem>
#include <sched.h>
#include <thread>

namespace switchyard::app
{

namespace
{

struct Given
{
    std::vector<std::string> texts;
    std::string origin;
};

using FileValues = std::map<std::string, std::string, std::less<>>;

FileValues readFile(const std::string& path)
{
    FileValues values;
    if (path.empty()) return values;
    Poco::AutoPtr<Poco::Util::PropertyFileConfiguration> file;
    try
    {
        file = new Poco::Util::PropertyFileConfiguration(path);
    }
    catch (const Poco::Exception& e)
    {
        throw Poco::FileException("cannot read the configuration file " + path + ": " + e.displayText());
    }
    Poco::Util::AbstractConfiguration::Keys keys;
    file->keys(keys);
    for (const std::string& key : keys)
    {
        const auto known =
            std::any_of(settings().begin(), settings().end(), [&](const Setting& s) { return s.name == key; });
        if (!known)
            throw Poco::DataFormatException(path + ": there is no setting `" + key +
                                            "`; `switchyard serve --help` lists them");
        values[key] = file->getRawString(key);
    }
    return values;
}

bool fromVariables(const Setting& setting, const Environment& environment, const char* source, Given& given)
{
    for (std::string_view name : split(setting.variables, ' '))
    {
        const auto text = environment.find(name);
        if (!text) continue;
        given = {{*text}, source + std::string(name)};
        return true;
    }
    return false;
}

Given find(const Setting& setting, const Flags& flags, const Environment& environment, const std::string& path,
           const FileValues& file, const Environment& dotEnv)
{
    Given given;
    const auto [begin, end] = flags.equal_range(setting.name);
    for (auto flag = begin; flag != end; ++flag)
        given.texts.push_back(flag->second);
    if (!given.texts.empty())
    {
        given.origin = std::string("flag --") + setting.name;
        return given;
    }
    if (fromVariables(setting, environment, "environment ", given)) return given;
    if (const auto at = file.find(setting.name); at != file.end())
    {
        given.origin = "file " + path;
        if (setting.kind == SettingKind::repeatable)
            for (std::string_view part : split(at->second, ':'))
                given.texts.emplace_back(trim(part));
        else
            given.texts = {at->second};
        return given;
    }
    if (fromVariables(setting, dotEnv, ".env ", given)) return given;
    return {{}, "default"};
}

void apply(const Setting& setting, const Given& given, Config& config)
{
    for (const std::string& text : given.texts)
    {
        try
        {
            setting.apply(config, text);
        }
        catch (const Poco::DataFormatException& e)
        {
            const std::string shown = setting.secret ? "" : " `" + text + "`";
            throw Poco::DataFormatException(std::string(setting.name) + " (" + given.origin + ")" + shown + ": " +
                                            e.message());
        }
    }
}

std::string shownValue(const Setting& setting, const Given& given)
{
    if (given.texts.empty()) return setting.byDefault;
    if (setting.secret) return "***";
    std::string shown;
    for (const std::string& text : given.texts)
        shown += (shown.empty() ? "" : ":") + text;
    return shown;
}

void choosePaths(Config& config)
{
    namespace fs = std::filesystem;
    if (config.sqlitePath.empty()) config.sqlitePath = fs::exists("one-api.db") ? "one-api.db" : "switchyard.db";
    if (config.keyFile.empty()) config.keyFile = config.sqlitePath + ".key";
    if (config.stateDirectory.empty())
        config.stateDirectory = (fs::path(config.sqlitePath).parent_path() / "switchyard-state").string();
    if (config.journalDirectory.empty())
        config.journalDirectory = (fs::path(config.stateDirectory) / "journal").string();
}

void checkTogether(const Config& config)
{
    if (config.tlsCertificate.empty() != config.tlsKey.empty())
        throw Poco::DataFormatException("tls-certificate and tls-key go together: " +
                                        std::string(config.tlsKey.empty() ? "tls-key" : "tls-certificate") +
                                        " is missing");
    if (config.maxLine > config.maxHead)
        throw Poco::DataFormatException("max-line is larger than max-head: no such line could ever arrive");
}

} // namespace

LoadedConfig loadConfig(const Flags& flags, const Environment& environment, const std::string& file,
                        const Environment& dotEnv)
{
    const FileValues fileValues = readFile(file);
    LoadedConfig loaded;
    for (const Setting& setting : settings())
    {
        const Given given = find(setting, flags, environment, file, fileValues, dotEnv);
        apply(setting, given, loaded.config);
        loaded.origins.push_back({&setting, shownValue(setting, given), given.origin});
    }
    Config& config = loaded.config;
    if (config.debug) config.logLevel = telemetry::Level::debug;
    choosePaths(config);
    checkTogether(config);
    for (SettingOrigin& origin : loaded.origins)
    {
        if (origin.origin != "default") continue;
        if (std::string_view(origin.setting->name) == "sqlite-path") origin.shown = config.sqlitePath;
        if (std::string_view(origin.setting->name) == "key-file") origin.shown = config.keyFile;
        if (std::string_view(origin.setting->name) == "state-dir") origin.shown = config.stateDirectory;
        if (std::string_view(origin.setting->name) == "journal-dir") origin.shown = config.journalDirectory;
    }
    return loaded;
}

unsigned Config::threadCount() const noexcept
{
    if (threads > 0) return threads;
    cpu_set_t cores; // what this process may use: fewer than there are, under taskset or in a container
    if (sched_getaffinity(0, sizeof(cores), &cores) == 0) return static_cast<unsigned>(CPU_COUNT(&cores));
    return std::max(1u, std::thread::hardware_concurrency());
}

} // namespace switchyard::app
