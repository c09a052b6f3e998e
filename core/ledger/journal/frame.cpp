#include "ledger/journal/frame.h"

#include "ledger/journal/crc32c.h"
#include "ledger/journal/record.h"
#include "ledger/journal/varint.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

namespace switchyard::ledger
{

namespace
{

constexpr char kLossType = '\x40';
constexpr char kCloseType = '\x41';
constexpr char kMarkVersion = 1;
constexpr uint64_t kMostLost = uint64_t{1} << 48;

constexpr std::string_view kMagic = "SwJrnl01";
constexpr size_t kIdSize = 32;
constexpr size_t kHeadSize = kMagic.size() + sizeof(uint32_t) + kIdSize + 6 * sizeof(uint64_t);
constexpr std::array<size_t, 2> kHeadCopies = {0, kHeadBytes / 2};
constexpr std::string_view kSuffix = ".journal";

std::string oneHead(const SegmentHead& head)
{
    std::string fields = head.journalId;
    fields.resize(kIdSize, '0');
    for (uint64_t number : {head.ordinal, head.first, head.follows, head.size, head.run, static_cast<uint64_t>(head.madeAt)})
        putFixed(fields, number);
    std::string bytes(kMagic);
    putFixed(bytes, crc32c(fields));
    return bytes + fields;
}

std::optional<SegmentHead> headAt(std::string_view bytes)
{
    if (bytes.size() < kHeadSize || !bytes.starts_with(kMagic)) return std::nullopt;
    const std::string_view fields = bytes.substr(kMagic.size() + sizeof(uint32_t), kHeadSize - kMagic.size() - sizeof(uint32_t));
    if (crc32c(fields) != fixedAt<uint32_t>(bytes.data() + kMagic.size())) return std::nullopt;
    const auto number = [&](size_t index) { return fixedAt<uint64_t>(fields.data() + kIdSize + index * sizeof(uint64_t)); };
    SegmentHead head;
    head.journalId = fields.substr(0, kIdSize);
    head.ordinal = number(0);
    head.first = number(1);
    head.follows = number(2);
    head.size = number(3);
    head.run = number(4);
    head.madeAt = static_cast<int64_t>(number(5));
    if (head.first == 0 || head.follows >= head.first) return std::nullopt;
    return head;
}

} // namespace

uint32_t frameSeed(std::string_view journalId) noexcept { return crc32c(journalId); }

void appendFrame(std::string& out, uint32_t seed, uint64_t sequence, uint64_t syncedBefore, int64_t writtenAt,
                 std::string_view payload)
{
    const uint64_t unsynced = std::min<uint64_t>(sequence - 1 - syncedBefore, std::numeric_limits<uint32_t>::max());
    const size_t at = out.size();
    putFixed(out, static_cast<uint32_t>(kFrameHead - 8 + payload.size()));
    putFixed<uint32_t>(out, 0);
    putFixed(out, sequence);
    putFixed(out, static_cast<uint32_t>(unsynced));
    putFixed(out, static_cast<uint64_t>(writtenAt));
    out.append(payload);
    const std::string_view frame = std::string_view(out).substr(at);
    const uint32_t crc = crc32c(frame.substr(8), crc32c(frame.substr(0, 4), seed));
    for (size_t i = 0; i < 4; ++i)
        out[at + 4 + i] = static_cast<char>(crc >> (8 * i));
}

std::optional<Frame> frameAt(std::string_view bytes, uint32_t seed) noexcept
{
    if (bytes.size() < kFrameHead) return std::nullopt;
    const size_t length = fixedAt<uint32_t>(bytes.data());
    if (length < kFrameHead - 8 + 2 || length > kFrameHead - 8 + kMostPayload || length > bytes.size() - 8) return std::nullopt;
    Frame frame;
    frame.size = length + 8;
    frame.sequence = fixedAt<uint64_t>(bytes.data() + 8);
    const uint64_t unsynced = fixedAt<uint32_t>(bytes.data() + 16);
    if (frame.sequence == 0 || unsynced >= frame.sequence) return std::nullopt;
    if (crc32c(bytes.substr(8, length), crc32c(bytes.substr(0, 4), seed)) != fixedAt<uint32_t>(bytes.data() + 4))
        return std::nullopt;
    frame.syncedBefore = frame.sequence - 1 - unsynced;
    frame.writtenAt = static_cast<int64_t>(fixedAt<uint64_t>(bytes.data() + 20));
    frame.payload = bytes.substr(kFrameHead, frame.size - kFrameHead);
    return frame;
}

std::string lossMark(uint64_t lostThrough)
{
    std::string payload{kLossType, kMarkVersion};
    putUnsigned(payload, lostThrough);
    return payload;
}

std::string closeMark() { return {kCloseType, kMarkVersion}; }

std::optional<uint64_t> lostThrough(const Frame& frame) noexcept
{
    const std::string_view payload = frame.payload;
    if (payload.size() < 2 || payload[0] != kLossType || payload[1] != kMarkVersion) return std::nullopt;
    FieldReader from(payload.substr(2));
    const uint64_t through = from.unsignedNumber();
    const bool sensible = through >= frame.sequence && through - frame.sequence < kMostLost;
    return from.complete() && sensible ? std::optional(through) : std::nullopt;
}

bool isCloseMark(std::string_view payload) noexcept
{
    return payload.size() == 2 && payload[0] == kCloseType && payload[1] == kMarkVersion;
}

std::string encodedHead(const SegmentHead& head)
{
    const std::string one = oneHead(head);
    std::string bytes(kHeadBytes, '\0');
    for (size_t at : kHeadCopies)
        bytes.replace(at, one.size(), one);
    return bytes;
}

std::optional<SegmentHead> headIn(std::string_view bytes)
{
    for (size_t at : kHeadCopies)
        if (bytes.size() > at)
            if (auto head = headAt(bytes.substr(at))) return head;
    return std::nullopt;
}

std::string segmentName(uint64_t ordinal, uint64_t first)
{
    constexpr std::string_view digits = "0123456789abcdef";
    std::string number = std::to_string(ordinal);
    std::string name(number.size() < 8 ? 8 - number.size() : 0, '0');
    name += number + '-';
    for (int shift = 60; shift >= 0; shift -= 4)
        name += digits[first >> shift & 0xF];
    return name += kSuffix;
}

std::optional<SegmentName> parsedSegmentName(std::string_view name) noexcept
{
    const size_t dash = name.find('-');
    if (dash == std::string_view::npos || !name.ends_with(kSuffix)) return std::nullopt;
    const std::string_view ordinal = name.substr(0, dash);
    const std::string_view first = name.substr(dash + 1, name.size() - dash - 1 - kSuffix.size());
    const auto whole = [](std::string_view digits, uint64_t& number, int base)
    {
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number, base);
        return error == std::errc() && end == digits.data() + digits.size();
    };
    SegmentName parsed;
    if (!whole(ordinal, parsed.ordinal, 10) || !whole(first, parsed.first, 16) || first.size() != 16) return std::nullopt;
    return parsed;
}

} // namespace switchyard::ledger
