// Texts of a log row, made fit for their columns before they are journaled (ledger.md 7).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace switchyard::ledger
{

/// The widths of the columns, in characters.
inline constexpr size_t kNameColumn = 191;  ///< names, ids, usage_source
inline constexpr size_t kWordColumn = 32;   ///< branch, finish
inline constexpr size_t kDetailColumn = 4096;

/// Appends `text` without NULs, with bytes that are no UTF-8 as U+FFFD, and at most `mostCharacters` of it.
void appendColumnText(std::string& out, std::string_view text, size_t mostCharacters);

} // namespace switchyard::ledger
