// Width and height from the head of an image: PNG, JPEG, GIF, WebP.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace switchyard::providers
{

struct ImageSize
{
    uint32_t width = 0;
    uint32_t height = 0;
};

/// Nothing for other formats and for a head that is cut too short. Pure; reads no byte beyond `bytes`.
std::optional<ImageSize> imageSize(std::string_view bytes) noexcept;

} // namespace switchyard::providers
