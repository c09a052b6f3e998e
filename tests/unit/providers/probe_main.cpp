// Stands for `switchyard plugin-probe FD` in the tests of the plug-in host.
#include "providers/probe.h"

#include <cstdlib>
#include <string_view>

int main(int argc, char** argv)
{
    if (argc != 3 || std::string_view(argv[1]) != "plugin-probe") return 2;
    return switchyard::providers::probeMain(std::atoi(argv[2]));
}
