#include "app/inspect_commands.h"

#include "app/command.h"
#include "app/table_text.h"

namespace switchyard::app
{

int pluginsCommand(Invocation& invocation)
{
    if (invocation.hooks.listPlugins) return invocation.hooks.listPlugins(invocation.config(), invocation.out);
    invocation.err << "switchyard: this build has no plug-in host\n";
    return kExitFailure;
}

int checkConfig(Invocation& invocation)
{
    std::vector<std::vector<std::string>> table{{"SETTING", "VALUE", "FROM"}};
    for (const SettingOrigin& origin : invocation.loaded.origins)
        table.push_back({origin.setting->name, origin.shown.empty() ? "-" : origin.shown, origin.origin});
    printTable(invocation.out, table);
    return kExitOk;
}

} // namespace switchyard::app
