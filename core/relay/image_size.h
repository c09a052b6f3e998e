// The size of a picture that stands in a request, from its first bytes (tokenizers.md 4).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace switchyard::relay
{

struct ImageSize
{
    int64_t width = 0;
    int64_t height = 0;
};

/// Of a PNG, GIF, JPEG or WebP header. No value: it is none of them, or its size stands further behind.
std::optional<ImageSize> imageSize(std::string_view bytes);

/// Of the JSON string literal of a `data:image/...;base64,` URL. Looks at its first 192 KiB at most: a JPEG's size stands
/// behind what a camera has written. No value: an address, another form, or no size found.
std::optional<ImageSize> imageSizeOfDataUrl(std::string_view literal);

} // namespace switchyard::relay
