#include "relay/image_size.h"

#include "base/text.h"

#include <algorithm>
#include <array>
#include <string>

namespace switchyard::relay
{

namespace
{

constexpr size_t kFirstLook = 64; // PNG, GIF and WebP say it there
constexpr size_t kLastLook = size_t{192} << 10;

int64_t byteAt(std::string_view bytes, size_t at) { return static_cast<unsigned char>(bytes[at]); }
int64_t bigEndian16(std::string_view bytes, size_t at) { return byteAt(bytes, at) << 8 | byteAt(bytes, at + 1); }
int64_t littleEndian16(std::string_view bytes, size_t at) { return byteAt(bytes, at + 1) << 8 | byteAt(bytes, at); }
int64_t bigEndian32(std::string_view bytes, size_t at) { return bigEndian16(bytes, at) << 16 | bigEndian16(bytes, at + 2); }
int64_t littleEndian24(std::string_view bytes, size_t at) { return byteAt(bytes, at + 2) << 16 | littleEndian16(bytes, at); }

std::optional<ImageSize> sized(int64_t width, int64_t height)
{
    if (width <= 0 || height <= 0) return std::nullopt;
    return ImageSize{width, height};
}

// RIFF, with a frame of one of three kinds first.
std::optional<ImageSize> webp(std::string_view bytes)
{
    const std::string_view kind = bytes.substr(12, 4);
    if (kind == "VP8X") return sized(littleEndian24(bytes, 24) + 1, littleEndian24(bytes, 27) + 1);
    if (kind == "VP8 ") return sized(littleEndian16(bytes, 26) & 0x3FFF, littleEndian16(bytes, 28) & 0x3FFF);
    if (kind != "VP8L" || byteAt(bytes, 20) != 0x2F) return std::nullopt;
    const int64_t bits = littleEndian16(bytes, 21) | littleEndian16(bytes, 23) << 16;
    return sized((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1);
}

// Segments: FF, marker, length; the frame's header (C0 to CF without C4, C8, CC) has the size.
std::optional<ImageSize> jpeg(std::string_view bytes)
{
    for (size_t at = 2; at + 9 <= bytes.size();)
    {
        if (byteAt(bytes, at) != 0xFF) return std::nullopt;
        const int64_t marker = byteAt(bytes, at + 1);
        if (marker == 0xFF) // padding
        {
            ++at;
            continue;
        }
        const bool frame = marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
        if (frame) return sized(bigEndian16(bytes, at + 7), bigEndian16(bytes, at + 5));
        if (marker == 0xD9 || marker == 0xDA) return std::nullopt;
        at += 2 + static_cast<size_t>(bigEndian16(bytes, at + 2));
    }
    return std::nullopt;
}

constexpr std::array<int8_t, 256> kBase64 = [] {
    std::array<int8_t, 256> values{};
    values.fill(-1);
    constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < alphabet.size(); ++i)
        values[static_cast<unsigned char>(alphabet[i])] = static_cast<int8_t>(i);
    return values;
}();

/// The first `most` bytes that `text` says; a JSON escape (`\/`) says what stands behind the backslash.
std::string decoded(std::string_view text, size_t most)
{
    std::string out;
    out.reserve(std::min(most, text.size() / 4 * 3) + 3);
    uint32_t bits = 0;
    int count = 0;
    for (size_t i = 0; i < text.size() && out.size() < most; ++i)
    {
        const int8_t value = kBase64[static_cast<unsigned char>(text[i])];
        if (text[i] == '\\') continue;
        if (value < 0) break;
        bits = bits << 6 | static_cast<uint32_t>(value);
        if (++count < 4) continue;
        out += {static_cast<char>(bits >> 16), static_cast<char>(bits >> 8), static_cast<char>(bits)};
        bits = 0;
        count = 0;
    }
    return out;
}

} // namespace

std::optional<ImageSize> imageSize(std::string_view bytes)
{
    if (bytes.starts_with("\x89PNG\r\n\x1A\n") && bytes.size() >= 24) return sized(bigEndian32(bytes, 16), bigEndian32(bytes, 20));
    if (bytes.starts_with("GIF8") && bytes.size() >= 10) return sized(littleEndian16(bytes, 6), littleEndian16(bytes, 8));
    if (bytes.starts_with("RIFF") && bytes.size() >= 30 && bytes.substr(8, 4) == "WEBP") return webp(bytes);
    if (bytes.starts_with("\xFF\xD8")) return jpeg(bytes);
    return std::nullopt;
}

std::optional<ImageSize> imageSizeOfDataUrl(std::string_view literal)
{
    if (literal.size() < 2 || literal[0] != '"') return std::nullopt;
    const std::string_view url = literal.substr(1, literal.size() - 2);
    if (!startsWithIgnoreCase(url, "data:image")) return std::nullopt;
    const size_t comma = url.substr(0, 256).find(',');
    if (comma == std::string_view::npos || !url.substr(0, comma).ends_with(";base64")) return std::nullopt;
    const std::string_view data = url.substr(comma + 1);
    const std::string start = decoded(data, kFirstLook);
    if (!start.starts_with("\xFF\xD8")) return imageSize(start);
    for (size_t look = 4096;; look *= 7)
    {
        if (const auto size = imageSize(decoded(data, std::min(look, kLastLook)))) return size;
        if (look >= kLastLook || look / 3 * 4 >= data.size()) return std::nullopt;
    }
}

} // namespace switchyard::relay
