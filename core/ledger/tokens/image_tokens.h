// Prompt tokens of pictures by size (tokenizers.md 4).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace switchyard::ledger
{

enum class ImageDetail
{
    low,
    high
};

/// `low`; `high` for high, auto and nothing; no value for another word.
std::optional<ImageDetail> imageDetail(std::string_view word) noexcept;

/// Tokens of one picture. A size of 0 x 0 (nothing is known about it) counts as the base alone. Small pictures are not
/// enlarged. Other providers' models count as gpt-4o.
int64_t imageTokens(std::string_view model, ImageDetail detail, int64_t width, int64_t height) noexcept;

/// The most that a picture of any size can count: for a hold when the picture is an address that nobody fetched.
int64_t imageTokensAtMost(std::string_view model, ImageDetail detail) noexcept;

} // namespace switchyard::ledger
