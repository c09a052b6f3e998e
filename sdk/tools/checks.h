// The checks, one function each. All but the first load the plug-in and run in a child process of their own.
#pragma once

#include "findings.h"

#include <string>

namespace switchyard::check
{

/// Reads the file without loading it.
void checkStructure(const std::string& file, Findings& findings);

/// Loads it: what it says of itself, and the channels it makes of good and of malformed forms.
void checkDescriptor(const std::string& file, Findings& findings);

/// Offers one recording to the provider that it names, else to the first: uncut, twice.
void checkReplay(const std::string& file, const std::string& recording, Findings& findings);

/// The same recording with its answer cut: at every byte of the first 4 KiB and around every frame's border, every byte
/// alone, and 200 random cuts. All must amount to what the uncut run did.
void checkCuts(const std::string& file, const std::string& recording, Findings& findings);

} // namespace switchyard::check
