// How a record stands in a file, and what stands at the head of a file.
//
// A segment: two copies of its head, then frames, then zeros to its size. A frame, all numbers little-endian:
//
//     4  length of what follows the checksum
//     4  CRC-32C over the journal's id, the length, and all that follows
//     8  sequence number
//     4  how many numbers before this one were not yet known to be synced when it was written
//     8  wall time, Unix milliseconds
//        payload: type, version, fields (record.h), or a mark
//
// The id in the checksum keeps a frame of another journal, or one that a client smuggled into a text, from being taken for one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace switchyard::ledger
{

struct Frame
{
    uint64_t sequence = 0;
    uint64_t syncedBefore = 0; ///< the highest number that was synced when this was written
    int64_t writtenAt = 0;
    std::string_view payload; ///< of the parsed bytes
    size_t size = 0;          ///< of the whole frame
};

inline constexpr size_t kFrameHead = 28;

/// What the checksums of a journal begin with.
uint32_t frameSeed(std::string_view journalId) noexcept;

void appendFrame(std::string& out, uint32_t seed, uint64_t sequence, uint64_t syncedBefore, int64_t writtenAt,
                 std::string_view payload);
/// The frame at the beginning of `bytes`, if there is a whole and valid one.
std::optional<Frame> frameAt(std::string_view bytes, uint32_t seed) noexcept;

/// Payloads that are no records. A loss stands for the numbers from its own through `lostThrough`, which somebody gave up. A close
/// ends a segment whose process stopped in order; its number is the one that the next record will have.
std::string lossMark(uint64_t lostThrough);
std::string closeMark();
std::optional<uint64_t> lostThrough(const Frame& frame) noexcept;
bool isCloseMark(std::string_view payload) noexcept;
inline constexpr size_t kCloseMarkFrame = kFrameHead + 2;

struct SegmentHead
{
    std::string journalId; ///< 32 hexadecimal digits
    uint64_t ordinal = 0;
    uint64_t first = 0;    ///< the number of its first record
    uint64_t follows = 0;  ///< the last number of the segments before it that counts; what they have beyond is written here again
    uint64_t size = 0;     ///< bytes
    uint64_t run = 0;      ///< counts the starts of the journal
    int64_t madeAt = 0;    ///< Unix milliseconds
};

inline constexpr size_t kHeadBytes = 512;

std::string encodedHead(const SegmentHead& head); ///< kHeadBytes
/// From the first kHeadBytes of a file; nothing when neither copy is valid.
std::optional<SegmentHead> headIn(std::string_view bytes);

std::string segmentName(uint64_t ordinal, uint64_t first);
struct SegmentName
{
    uint64_t ordinal = 0;
    uint64_t first = 0;
};
/// Nothing: the file is no segment.
std::optional<SegmentName> parsedSegmentName(std::string_view name) noexcept;

} // namespace switchyard::ledger
