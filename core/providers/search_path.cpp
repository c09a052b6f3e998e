#include "base/text.h"
#include "providers/plugin_host.h"

#include <algorithm>

namespace switchyard::providers
{

namespace fs = std::filesystem;

std::vector<fs::path> searchPath(const fs::path& binary, const std::vector<std::string>& fromFlags,
                                 const char* fromEnvironment)
{
    std::vector<fs::path> path;
    const auto add = [&path](const fs::path& directory)
    {
        std::error_code failed;
        const fs::path whole = fs::weakly_canonical(directory, failed);
        const fs::path& found = failed ? directory : whole;
        if (std::find(path.begin(), path.end(), found) == path.end()) path.push_back(found);
    };
    std::error_code failed;
    const fs::path home = fs::canonical(binary, failed).parent_path();
    if (!failed)
    {
        // An installed binary lies in PREFIX/bin; that of a build tree beside the folder of its plug-ins.
        const fs::path installed = home.parent_path() / "lib" / "switchyard" / "plugins";
        if (home.filename() == "bin" && fs::is_directory(installed, failed))
            add(installed);
        else if (fs::is_directory(home / "plugins", failed))
            add(home / "plugins");
    }
    for (const std::string& directory : fromFlags)
        add(directory);
    if (fromEnvironment)
        for (const std::string_view directory : split(fromEnvironment, ':'))
            if (!directory.empty()) add(directory);
    return path;
}

} // namespace switchyard::providers
