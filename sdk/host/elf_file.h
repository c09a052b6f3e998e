// What a plug-in file is, read from its bytes before any of its code runs: the rules of abi.md 7 for shared objects.
// Used by the gateway's loader and by the checker. Depends on nothing; any bytes may be given.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace switchyard::sdk
{

/// A rule that the file breaks.
struct ElfProblem
{
    std::string_view rule; ///< "not-elf", "truncated", "machine", "symbols", "unique-symbol", "exec-stack",
                           ///< "text-relocation", "needed", "version"
    std::string text; ///< what is wrong and the mend, in one line, without the file's name
};

/// A shared object as its file describes it. Numbers are 0 and texts empty where the file is too broken to tell.
struct PluginElf
{
    uint32_t structSize = 0; ///< the first 12 bytes of switchyard_plugin
    uint32_t abiMajor = 0;
    uint32_t abiMinor = 0;
    std::string buildId; ///< hexadecimal; empty: none
    std::vector<std::string> needed;
    std::vector<ElfProblem> problems; ///< none: it may be loaded

    bool ok() const { return problems.empty(); }
};

/// Reads a plug-in file given whole. Never reads outside `file`. A build with a sanitizer also accepts plug-ins that
/// need that sanitizer's library.
PluginElf inspectPlugin(std::string_view file);

/// Whether a plug-in of this ABI version works here.
bool acceptsAbi(uint32_t major, uint32_t minor);

} // namespace switchyard::sdk
