// What the host offers a plug-in besides events and actions: extension tables and abilities (abi.md 1, 6).
#pragma once

namespace switchyard::providers
{

inline constexpr const char* kHostVersion = "0.1.0";

/// The table of an extension, or a non-null mark for an ability without one; null when this host lacks it. Always the
/// same answer for the same id. [any thread]
const void* hostExtension(const char* id) noexcept;

} // namespace switchyard::providers
