// What the probe process denies itself before it runs code that it does not know.
#pragma once

namespace switchyard::providers
{

/// Resource limits, no new privileges, and a seccomp filter that allows what loading an object and computing need: no
/// socket, no process, no file opened for writing. A call outside of it writes a refusal that names it to standard
/// output and ends the process. For good. Guards against accidents, not malice (abi.md 7).
void enterProbeSandbox();

} // namespace switchyard::providers
