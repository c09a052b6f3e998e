// switchyard-plugin-transcript FILE.so RECORDING.json...: what a plug-in does with each recorded exchange, an action a
// line.
#include "driver.h"
#include "plugin_object.h"
#include "recording.h"

#include <cstdio>
#include <stdexcept>

using namespace switchyard::check;

namespace
{

void printTranscript(const PluginObject& plugin, const std::string& path)
{
    const Recording recording = readRecording(readFile(path));
    if (!recording.unusable.empty()) throw std::runtime_error(path + ": " + recording.unusable);
    const swy_provider_t& provider = *plugin.provider(recording.provider);
    TextRoom error;
    const ChannelObject channel(provider, goodBaseUrl(*provider.descriptor), "sk-0123456789abcdef",
                                goodConfig(*provider.descriptor), 0, error);
    if (!channel.get()) throw std::runtime_error("no channel: " + error.text());
    const Outcome outcome = play({provider, channel.get(), goodBaseUrl(*provider.descriptor), recording}, {}, true);
    std::printf("== %s\n", recording.id.c_str());
    for (const std::string& line : outcome.trace)
        std::printf("%s\n", line.c_str());
    for (const std::string& fault : outcome.faults)
        std::printf("fault: %s\n", fault.c_str());
    std::printf("end: %s\n", outcome.end.c_str());
}

} // namespace

int main(int argc, char** argv)
{
    if (argc < 3)
    {
        std::fputs("usage: switchyard-plugin-transcript FILE.so RECORDING.json...\n", stderr);
        return 2;
    }
    try
    {
        const PluginObject plugin(argv[1]);
        if (!plugin.problem().empty()) throw std::runtime_error("the plug-in " + plugin.problem());
        for (int i = 2; i < argc; ++i)
            printTranscript(plugin, argv[i]);
        return 0;
    }
    catch (const std::exception& problem)
    {
        std::fprintf(stderr, "switchyard-plugin-transcript: %s\n", problem.what());
        return 1;
    }
}
