// Cuts text into the pre-tokens within which an encoding merges bytes: the splitting patterns of tokenizers.md 8, written
// out by hand.
#pragma once

#include "ledger/tokens/encoding.h"

#include <cstddef>
#include <string_view>

namespace switchyard::ledger
{

/// Longer pre-tokens are cut here, always at the same place, so that the memory of a count is bounded. Only such texts (64
/// KiB without a word border) can count a token more than the reference per cut.
inline constexpr size_t kMaxPreToken = 64 * 1024;

struct PreToken
{
    size_t length = 0;   ///< bytes from the front of the text
    bool certain = true; ///< false: text that follows could make it another one
};

/// The first pre-token of `text`, which is not empty. Pure; any thread.
PreToken firstPreToken(Encoding encoding, std::string_view text) noexcept;

} // namespace switchyard::ledger
