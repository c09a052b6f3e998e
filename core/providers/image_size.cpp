#include "providers/image_size.h"

namespace switchyard::providers
{

namespace
{

/// Unsigned numbers at a place in `bytes`; the caller has checked that they are there.
uint32_t big16(std::string_view bytes, size_t at)
{
    return static_cast<uint32_t>(static_cast<unsigned char>(bytes[at])) << 8 |
           static_cast<unsigned char>(bytes[at + 1]);
}

uint32_t big32(std::string_view bytes, size_t at) { return big16(bytes, at) << 16 | big16(bytes, at + 2); }

uint32_t little16(std::string_view bytes, size_t at)
{
    return static_cast<uint32_t>(static_cast<unsigned char>(bytes[at + 1])) << 8 |
           static_cast<unsigned char>(bytes[at]);
}

uint32_t little24(std::string_view bytes, size_t at)
{
    return little16(bytes, at) | static_cast<uint32_t>(static_cast<unsigned char>(bytes[at + 2])) << 16;
}

bool has(std::string_view bytes, size_t at, std::string_view mark)
{
    return bytes.size() >= at + mark.size() && bytes.compare(at, mark.size(), mark) == 0;
}

// ITU T.81, B.2.2: the size stands in the frame header, behind any number of other segments.
std::optional<ImageSize> jpegSize(std::string_view bytes)
{
    size_t at = 2;
    while (at + 4 <= bytes.size())
    {
        if (bytes[at] != '\xFF') return std::nullopt;
        const auto marker = static_cast<unsigned char>(bytes[at + 1]);
        if (marker == 0xFF) // fill byte
        {
            ++at;
            continue;
        }
        if (marker == 0x01 || (marker >= 0xD0 && marker <= 0xD8)) // no length
        {
            at += 2;
            continue;
        }
        const bool frame = marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
        if (frame)
        {
            if (at + 9 > bytes.size()) return std::nullopt;
            return ImageSize{big16(bytes, at + 7), big16(bytes, at + 5)};
        }
        const uint32_t length = big16(bytes, at + 2);
        if (length < 2 || marker == 0xD9 || marker == 0xDA) return std::nullopt;
        at += 2 + length;
    }
    return std::nullopt;
}

// RFC 9649: lossy, lossless and extended files keep the size in different places.
std::optional<ImageSize> webpSize(std::string_view bytes)
{
    if (has(bytes, 12, "VP8X") && bytes.size() >= 30)
        return ImageSize{little24(bytes, 24) + 1, little24(bytes, 27) + 1};
    if (has(bytes, 12, "VP8L") && bytes.size() >= 25 && bytes[20] == '\x2F')
    {
        const uint32_t packed = little16(bytes, 21) | little16(bytes, 23) << 16;
        return ImageSize{(packed & 0x3FFF) + 1, ((packed >> 14) & 0x3FFF) + 1};
    }
    if (has(bytes, 12, "VP8 ") && has(bytes, 23, "\x9D\x01\x2A") && bytes.size() >= 30)
        return ImageSize{little16(bytes, 26) & 0x3FFF, little16(bytes, 28) & 0x3FFF};
    return std::nullopt;
}

} // namespace

std::optional<ImageSize> imageSize(std::string_view bytes) noexcept
{
    using namespace std::string_view_literals;
    if (has(bytes, 0, "\x89PNG\r\n\x1A\n"sv) && has(bytes, 12, "IHDR") && bytes.size() >= 24)
        return ImageSize{big32(bytes, 16), big32(bytes, 20)};
    if ((has(bytes, 0, "GIF87a") || has(bytes, 0, "GIF89a")) && bytes.size() >= 10)
        return ImageSize{little16(bytes, 6), little16(bytes, 8)};
    if (has(bytes, 0, "\xFF\xD8"sv)) return jpegSize(bytes);
    if (has(bytes, 0, "RIFF") && has(bytes, 8, "WEBP")) return webpSize(bytes);
    return std::nullopt;
}

} // namespace switchyard::providers
